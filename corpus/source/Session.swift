import Foundation

struct Session {
    let npm = "⟦npm-access-token⟧"
    let hubspot = "⟦hubspot-private-app-token⟧"
    var password: String?
    var tokenExpiry: Date

    init(password: String?) {
        self.password = password
        self.tokenExpiry = Date()
    }
}

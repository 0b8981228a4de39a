package shop

class App(private val secrets: Secrets) {
    private val key = "⟦google-api-key⟧"
    private val telegram = "⟦telegram-bot-token⟧"

    fun connect(password: String) {
        client.login(user = "shop", password = password)
        client.token = secrets.get("token")
        val apiSecret = "⟦generic-credential⟧"
        client.sign(apiSecret)
    }
}

variable "db_password" {
  default = "⟦generic-credential⟧"
}

variable "api_token" {
  type = string
}

resource "db" "shop" {
  password = var.db_password
  admin_password = "⟦generic-credential⟧"
}

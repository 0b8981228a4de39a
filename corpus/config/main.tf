provider "aws" {
  region     = "eu-central-1"
  access_key = "⟦aws-access-key-id⟧"
  secret_key = "⟦generic-credential⟧"
}

variable "db_password" {
  type      = string
  sensitive = true
}

resource "aws_db_instance" "shop" {
  username = "shop"
  password = var.db_password
}

resource "cloudflare_record" "www" {
  zone_id = "⟦~hex:32⟧"
}

provider "digitalocean" {
  token = "⟦digitalocean-personal-access-token⟧"
}

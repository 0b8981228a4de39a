# frozen_string_literal: true

require "faraday"

class Client
  TOKEN = "⟦gitlab-pat⟧"
  SLACK = { token: "⟦slack-bot-token⟧", channel: "#deploys" }.freeze

  def initialize(password: ENV.fetch("CLIENT_PASSWORD"))
    @password = password
    @secret_key_base = "⟦generic-credential⟧"
  end

  def valid_password?(password)
    password.to_s.length >= 12
  end
end

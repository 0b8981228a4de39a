const express = require("express");
const mongoose = require("mongoose");
const { Client } = require("discord.js");

mongoose.connect("mongodb+srv://app:⟦connection-string-mongodb⟧@cluster0.mongo.internal/shop");

const client = new Client({ intents: [] });
client.login("⟦discord-bot-token⟧");

const app = express();
app.get("/health", (req, res) => res.send("ok"));
fetch("https://api.internal/v1/orders", {
  headers: { Authorization: "Bearer ⟦basic-auth-bearer-header⟧" },
});

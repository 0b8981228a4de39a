// Keys that somebody meant to hide.
const a = atob("⟦base64:github-pat⟧");
const b = Buffer.from("⟦hex:slack-bot-token⟧", "hex");
const c = JSON.parse(atob("⟦base64url:github-pat⟧"));
const integrity = "sha256-⟦~base64:44⟧";

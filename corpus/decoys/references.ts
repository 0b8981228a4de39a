export const config = {
  databaseUrl: process.env.DATABASE_URL,
  apiKey: process.env.API_KEY!,
  password: process.env["DB_PASSWORD"],
  secret: import.meta.env.VITE_SECRET,
  token: `${prefix}${suffix}`,
  githubToken: secrets.GITHUB_TOKEN,
  vault: "vault:secret/data/shop#password",
  onePassword: "op://shop/database/password",
  awsSecret: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:shop",
  url: `postgres://${user}:${password}@${host}/${database}`,
  basic: `https://${user}:${token}@github.com/shop/api.git`,
};

import Stripe from "stripe";
import { Client } from "@notionhq/client";

const stripe = new Stripe("⟦stripe-secret-key⟧", { apiVersion: "2024-06-20" });
const notion = new Client({ auth: process.env.NOTION_TOKEN });

export async function login(password: string): Promise<Session> {
  const token = await createToken(password);
  return { token, passwordChangedAt: null };
}

export const config = {
  apiKey: "⟦google-api-key⟧",
  jwtSecret: "⟦generic-credential⟧",
  webhookSecret: process.env.WEBHOOK_SECRET ?? "",
};

export const en = {
  password: "Password",
  passwordPlaceholder: "Enter your password",
  forgotPassword: "Forgot password?",
  tokenExpired: "Your session has expired",
  confirmPassword: "Confirm password",
};
export const types = { password: "string", token: "string", apiKey: "required" };
const input = { type: "password", name: "password", autocomplete: "current-password" };
export type Login = { username: string; password: string };

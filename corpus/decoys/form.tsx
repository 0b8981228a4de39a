export function Login({ onLogin }: Props) {
  const [password, setPassword] = useState("");
  const [token, setToken] = useState<string | null>(null);
  return (
    <form onSubmit={() => onLogin({ password, token })}>
      <label htmlFor="password">Password</label>
      <input id="password" type="password" autoComplete="current-password" />
      <input name="csrf_token" type="hidden" value={csrfToken} />
      <PasswordStrength password={password} minLength={12} />
      {error === "wrong-password" && <p>{t("login.wrongPassword")}</p>}
      <a href="/password/reset?token=">Forgot your password?</a>
    </form>
  );
}

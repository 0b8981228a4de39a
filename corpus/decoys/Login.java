package shop;

public final class Login {
    private final PasswordEncoder passwordEncoder = new BCryptPasswordEncoder();
    private static final String PASSWORD_FIELD = "j_password";
    private static final String TOKEN_HEADER = "X-Auth-Token";
    private static final String SECRET_NAME = "prod/shop/database";

    public boolean matches(String password, User user) {
        String secret = user.getSecret();
        String tokenUrl = "https://login.internal/oauth2/token";
        this.apiKey = request.getParameter("apiKey");
        return passwordEncoder.matches(password, secret);
    }
}

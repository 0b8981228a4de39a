package shop;

import org.springframework.beans.factory.annotation.Value;

public class Config {
    private static final String SENDGRID = "⟦sendgrid-api-key⟧";
    private static final String JDBC =
        "jdbc:sqlserver://db.internal:1433;databaseName=shop;user=sa;password=⟦connection-string-ado⟧;encrypt=true";

    @Value("${spring.datasource.password}")
    private String password;

    public void setPassword(String password) {
        this.password = password;
    }

    public static String token() {
        return System.getenv("API_TOKEN");
    }
}

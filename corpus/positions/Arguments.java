class Arguments {
    void connect(Client client, Builder builder) {
        client.setPassword("⟦generic-credential⟧");
        builder.withApiKey("⟦generic-credential⟧").build();
        var login = new PasswordCredential("deploy", "⟦generic-credential⟧");
        if (token.equals(null) || password == null) throw new IllegalStateException("no password");
        props.put("db.password", "⟦generic-credential⟧");
        this.setPassword(password);
    }
}

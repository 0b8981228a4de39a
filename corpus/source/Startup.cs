using System;

namespace Shop
{
    public static class Startup
    {
        private const string Sql =
            "Server=db.internal;Database=shop;User Id=shop;Password=⟦connection-string-ado⟧;Encrypt=True";
        private const string Storage =
            "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=⟦azure-account-key⟧;EndpointSuffix=core.windows.net";
        private static readonly string ClientSecret = "⟦azure-entra-client-secret⟧";

        public static string Password => Environment.GetEnvironmentVariable("DB_PASSWORD");
    }
}

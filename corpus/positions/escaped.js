const fixture = "{\"user\":\"deploy\",\"password\":\"⟦generic-credential⟧\"}";
const page = "&lt;script&gt;{&quot;apiSecret&quot;:&quot;⟦generic-credential⟧&quot;}&lt;/script&gt;";
const empty = "{\"user\":\"deploy\",\"password\":\"\"}";

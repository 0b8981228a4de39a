#!/bin/sh
export API_TOKEN=${API_TOKEN:-⟦generic-credential⟧}
db-import --user shop --password ⟦generic-credential⟧ dump.sql
db-import --user shop --password "$DB_PASSWORD" dump.sql
db-import --user shop --password=⟦generic-credential⟧ --verbose
mysql -u root -p⟦basic-auth-command⟧ shop < dump.sql

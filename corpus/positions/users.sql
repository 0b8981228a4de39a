CREATE USER 'shop'@'%' IDENTIFIED BY '⟦generic-credential⟧';
ALTER USER 'shop'@'%' IDENTIFIED WITH mysql_native_password BY '⟦generic-credential⟧';
CREATE ROLE shop WITH LOGIN PASSWORD '⟦generic-credential⟧';
ALTER TABLE users ADD COLUMN password varchar(255) NOT NULL;

package main

import (
	"database/sql"
	"net/http"
)

const apiToken = "⟦digitalocean-personal-access-token⟧"

func open() (*sql.DB, error) {
	return sql.Open("mysql", "mysql://shop:⟦connection-string-mysql⟧@tcp.internal:3306/shop")
}

func handler(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("X-Token")
	password := r.FormValue("password")
	if token == "" || password == "" {
		http.Error(w, "missing password", http.StatusUnauthorized)
	}
}

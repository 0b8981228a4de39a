<?php

return [
    'token' => env('UPLOAD_TOKEN'),
    'mailgun' => ['secret' => '⟦mailgun-api-key⟧'],
    'db' => [
        'username' => 'shop',
        'password' => '⟦generic-credential⟧',
    ],
];

function check_password($password, $hash)
{
    return password_verify($password, $hash);
}

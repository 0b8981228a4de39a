<?php
if ($user === 'deploy' && $password === '⟦generic-credential⟧') {
    login($user, $password);
}
define('AUTH_SECRET', '⟦generic-credential⟧');
$config = ['api_key' => '⟦generic-credential⟧', 'password' => getenv('DB_PASSWORD')];

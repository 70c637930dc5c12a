"""Pages that stand in the way: written for the replica, with the marks that such pages of the vendors have."""

from __future__ import annotations

DATADOME = b"""<html lang="en"><head><title>immoweb.be</title><style>#cmsg{animation: A 1.5s;}</style></head>
<body style="margin:0"><p id="cmsg">Please enable JS and disable any ad blocker</p>
<script data-cfasync="false">var dd={'rt':'c','cid':'0000replica','hsh':'0000','t':'fe','s':1,'e':'00',\
'host':'geo.captcha-delivery.com'}</script>
<script data-cfasync="false" src="https://ct.captcha-delivery.com/c.js"></script></body></html>
"""
CLOUDFLARE = b"""<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="390"></head>
<body><noscript>Enable JavaScript and cookies to continue</noscript>
<script>(function(){window._cf_chl_opt = {cvId: '3', cType: 'managed', cRay: '0000replica'};}());</script>
</body></html>
"""
CAPTCHA = b"""<!DOCTYPE html><html lang="en"><head><title>Are you a robot?</title>
<script src="https://js.hcaptcha.com/1/api.js" async defer></script></head>
<body><h1>One more step</h1><p>Please show that you are a person before you go on.</p>
<form method="post" action="/en/continue"><div class="h-captcha" data-sitekey="0000replica"></div></form></body></html>
"""
LOGIN = b"""<!DOCTYPE html><html lang="en"><head><title>Log in</title></head>
<body><h1>Log in to go on</h1><p>This page is for members only.</p>
<form method="post" action="/en/account/login"><label>E-mail <input type="email" name="email"></label>
<label>Password <input type="password" name="password"></label><button>Log in</button></form></body></html>
"""
SHELL = b"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Immoweb</title></head>
<body><div id="app"></div><script src="/static/app.0000replica.js" defer></script></body></html>
"""

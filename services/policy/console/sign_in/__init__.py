"""How people sign in to the console and out of it, by Microsoft Entra.

**Consumes** the browser's way to the login service and back. **Publishes** nothing. **Owns** `console_sign_ins`, and
begins and ends `console_sessions`.

One rule: only what the login service tells us directly, signed, says who somebody is; what comes by way of the browser
is a code that is good once, for the browser that began.
"""

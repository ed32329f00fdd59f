"""`mvpipe.lock`: what jobs were made from and what came out. Pure; no file is opened here."""

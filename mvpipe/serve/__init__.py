"""The service's protocol over the embedded engine, for a studio's laptops and for tests."""

"""The cloud as a backend, and the one door to requests, sseclient and urllib3."""

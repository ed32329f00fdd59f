"""The words everyone shares, as frozen data: no I/O, no third-party library, no decisions."""

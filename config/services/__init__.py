"""`make up` and `make test`: our own launcher for PostgreSQL, Redis and the product's processes.

For development, demonstrations and tests on a machine that has Python alone. Production runs the same
commands under a supervisor or in containers, against databases that somebody looks after.
Nothing here needs Django's settings: they are only read by the processes this package starts.
"""

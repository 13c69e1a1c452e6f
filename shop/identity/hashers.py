"""How staff passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id at OWASP's recommended minimum: 19 MiB, two passes, one lane.

    Django's own default takes 100 MiB and eight lanes: a few sign-ins at once would fill a small
    machine, and the second factor and the lock after five tries bear the weight anyway.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

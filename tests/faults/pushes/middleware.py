"""A failpoint of the web process, asked for by the client that will miss the reply."""

import os
import signal


class DieBeforeReply:
    """`X-Die: before-reply`: everything is committed, and the process is killed."""

    def __init__(self, respond):
        self.respond = respond

    def __call__(self, request):
        response = self.respond(request)
        if request.headers.get("X-Die") == "before-reply" and response.status_code == 201:
            os.kill(os.getpid(), signal.SIGKILL)
        return response

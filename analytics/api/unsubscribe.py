"""One press in a mail program ends a report (RFC 8058). Scanners that only fetch change nothing."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from analytics.actions import step_back_from_report
from analytics.rendering import read_token
from shop.identity.actors import Actor, Door

PLAIN = "text/plain; charset=utf-8"


@csrf_exempt
@require_POST
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """POST alone, by the signed token of the mail; a token that is not ours is 404."""
    subscription = read_token(token)
    if subscription is None:
        raise Http404
    by = Actor.system("one press in a mail program", Door.API)
    after = step_back_from_report(subscription, by=by)
    if after.ended_at is not None:
        return HttpResponse(_("You do not get this report any more."), content_type=PLAIN)
    told = _("Reading this report belongs to your post: it is paused until %(day)s.")
    return HttpResponse(told % {"day": after.paused_until}, content_type=PLAIN)


urlpatterns = [path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe")]

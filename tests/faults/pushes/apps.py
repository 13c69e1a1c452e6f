from datetime import timedelta

from django.apps import AppConfig


class PushesConfig(AppConfig):
    """A push to somebody outside, as a real reaction on a lane of its own."""

    name = "tests.faults.pushes"
    label = "pushes"

    def ready(self) -> None:
        from orders import rules as order_rules
        from shop.events import rules
        from tests.faults import settings
        from tests.faults.pushes import guards

        for name, milliseconds in settings.PATIENCE.items():
            if milliseconds:
                setattr(rules, name, timedelta(milliseconds=milliseconds))
        if settings.PAYMENT_WINDOW_MS:
            order_rules.PAYMENT_WINDOW = timedelta(milliseconds=settings.PAYMENT_WINDOW_MS)
        for guard in settings.GUARDS_OFF:
            guards.OFF[guard]()

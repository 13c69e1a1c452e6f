"""All settings, read from the environment (.env.example). The defaults run on a fresh clone.

Business numbers are not here: they stand in `rules.py` beside their article, or in rows.
"""

from pathlib import Path

import structlog
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from shop import env
from shop.doors.desk.theme import unfold
from shop.vendors.carriers.settings import CarrierSettings, Sender
from shop.vendors.wechat.settings import PaySettings, WechatSettings

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(env.text("VAR", str(ROOT / "var")))

DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
# The three below are for a developer's own machine; shop.doors.checks refuses them anywhere else.
UNSAFE_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
SECRET_KEY = env.text("SECRET_KEY", UNSAFE_KEY)
FIELD_KEYS = env.keyring("FIELD_KEYS", f"1:{UNSAFE_KEY}")
BLIND_INDEX_KEY = env.key("BLIND_INDEX_KEY", UNSAFE_KEY)

PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8765").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
STAFF_NETWORKS = env.words("STAFF_NETWORKS", "127.0.0.0/8,::1/128")
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.User"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "shop.doors.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "shop.identity",
    "shop.events",
    "shop.records",
    "shop.timing",
    "shop.work",
    "shop.papers",
    "shop.books",
    "shop.figures",
    "shop.forms",
    "shop.notices",
    "shop.rights",
    "shop.doors.apps.DoorsConfig",
    "catalog",
    "marketing",
    "orders",
    "analytics",
    "demo",
]

MIDDLEWARE = [
    "shop.doors.middleware.RequestId",
    "shop.doors.middleware.StoreAway",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shop.doors.middleware.ContentPolicy",
    "shop.doors.middleware.AtHand",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.doors.middleware.CleanText",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shop.doors.middleware.StaffLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# storage

# A row that somebody holds may not hold everybody: fail fast, say 503, let the caller retry.
SESSION_LIMITS = {
    "connect_timeout": "3",
    "options": "-c lock_timeout=3s -c statement_timeout=10s"
    " -c idle_in_transaction_session_timeout=30s",
}
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/shop", SESSION_LIMITS),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
CACHES = {
    "default": {
        "BACKEND": "shop.doors.cache.ForgivingRedisCache",
        "LOCATION": env.text("CACHE_URL", "redis://127.0.0.1:6379/1"),
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        "KEY_PREFIX": "shop",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# work in the background: PostgreSQL holds the truth, the broker is a doorbell

CELERY_BROKER_URL = env.text("BROKER_URL", "redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "health_check_interval": 5,  # a connection that went deaf is noticed, not waited on
    "max_retries": 0,  # a doorbell that nobody answers: the relay does the work itself, at once
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

AUDIT_ANCHORS = Path(env.text("AUDIT_ANCHORS", str(VAR / "anchors")))

# sign-in

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "shop.identity.backends.RolesBackend",
]
PASSWORD_HASHERS = ["shop.identity.hashers.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("desk:landing")
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = False  # the reverse proxy's work
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "shop.doors.desk.sign_in.locked_out"
AXES_ENABLE_ADMIN = False
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXIES or None
SHOP_NAME = env.text("SHOP_NAME", "颐禾堂健康小店")
OTP_TOTP_ISSUER = SHOP_NAME
UNFOLD = unfold(SHOP_NAME)

# language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["shop.doors.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# static files, mail, edge

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_MAX_AGE = 86_400
FILES_HERE = {
    "location": str(VAR / "files"),
    "file_permissions_mode": 0o600,
    "directory_permissions_mode": 0o700,
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": env.text("FILES_BACKEND", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.pairs("FILES_OPTIONS") or FILES_HERE,
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
globals().update(env.mail("EMAIL_URL", "smtp://127.0.0.1:2525"))
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "shop@localhost")
MAIL_HOOK_KEY = env.text("MAIL_HOOK_KEY", "")  # what a mail server shows that hands in bounces
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
APPEND_SLASH = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shop.doors.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["shop.doors.api.authentication.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["shop.doors.api.parsing.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["shop.doors.api.throttles.Posts"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "shop.doors.api.pages.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "shop.doors.api.schema.ShopSchema",
    "EXCEPTION_HANDLER": "shop.doors.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "保健品小程序店 API",
    "DESCRIPTION": "Customers and agents reach the shop through this API. Money is integer fen.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatusEnum": "orders.models.Order.Status",
        "AfterSalesStatusEnum": "orders.models.AfterSalesCase.Status",
    },
}

# log

# A traceback never shows the values of variables: they are personal data, and slow to draw.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# vendors

WECHAT = WechatSettings(
    url=env.text("WECHAT_API_URL", "https://api.weixin.qq.com"),
    appid=env.text("WECHAT_APPID", ""),
    secret=env.text("WECHAT_SECRET", ""),
    version=env.text("WECHAT_VERSION", "formal"),
    is_trade_managed=env.flag("WECHAT_TRADE_MANAGED", default=True),
    push_token=env.text("WECHAT_PUSH_TOKEN", ""),
    pay=PaySettings(
        url=env.text("WECHAT_PAY_URL", "https://api.mch.weixin.qq.com"),
        appid=env.text("WECHAT_APPID", ""),
        mchid=env.text("WECHAT_MCHID", ""),
        api_v3_key=env.text("WECHAT_API_V3_KEY", ""),
        merchant_serial=env.text("WECHAT_MERCHANT_SERIAL", ""),
        merchant_key_file=Path(env.text("WECHAT_MERCHANT_KEY_FILE", "")),
        public_key_id=env.text("WECHAT_PAY_PUBLIC_KEY_ID", ""),
        public_key_file=env.path("WECHAT_PAY_PUBLIC_KEY_FILE"),
        certificate_files=tuple(map(Path, env.words("WECHAT_PAY_CERTIFICATE_FILES"))),
    ),
)
CARRIERS = CarrierSettings(
    track_url=env.text("KUAIDI100_URL", "https://poll.kuaidi100.com"),
    label_url=env.text("KUAIDI100_LABEL_URL", "https://api.kuaidi100.com"),
    customer=env.text("KUAIDI100_CUSTOMER", ""),
    key=env.text("KUAIDI100_KEY", ""),
    secret=env.text("KUAIDI100_SECRET", ""),
    salt=env.text("KUAIDI100_SALT", ""),
    accounts=env.pairs("KUAIDI100_ACCOUNTS"),
    sender=Sender(
        name=env.text("SENDER_NAME", ""),
        phone=env.text("SENDER_PHONE", ""),
        address=env.text("SENDER_ADDRESS", ""),
    ),
)
WECHAT_TEMPLATES = env.pairs("WECHAT_TEMPLATES")
WECOM_ROBOT_URL = env.text("WECOM_ROBOT_URL", "")

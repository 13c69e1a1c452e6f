"""What a post may do, straight from the one table of roles."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from shop.identity.models import User


class RolesBackend(ModelBackend):
    """Signs staff in by password; their permissions are those of their posts in `roles.py`.

    The groups that Django keeps for its own pages are never asked: a post's permissions cannot
    differ from the table, and one statement per request finds the posts (ST1).
    """

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Nobody holds a permission but by a post."""
        return set()

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Those of the posts; none for who has left."""
        if obj is not None or not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return {permission for role in user_obj.roles for permission in role.permissions}

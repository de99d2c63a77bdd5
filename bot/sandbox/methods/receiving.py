"""How the bot gets updates: polling or a webhook."""

import re
from urllib.parse import urlsplit

from bot.sandbox.errors import Json, bad_request
from bot.sandbox.parameters import Parameters
from bot.sandbox.updates import Webhook
from bot.sandbox.world import World

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_DEFAULT_CONNECTIONS = 40


async def get_updates(world: World, parameters: Parameters) -> list[Json]:
    """https://core.telegram.org/bots/api#getupdates."""
    world.go_online()
    return await world.updates.poll(
        parameters.integer("offset") or 0,
        parameters.integer("limit") or 100,
        float(parameters.integer("timeout") or 0),
        parameters.array("allowed_updates"),
    )


async def set_webhook(world: World, parameters: Parameters) -> bool:
    """https://core.telegram.org/bots/api#setwebhook; plain HTTP on this machine instead of HTTPS."""
    url = parameters.text("url") or ""
    if not url:
        return await delete_webhook(world, parameters)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.hostname not in _LOOPBACK:
        raise bad_request("bad webhook: the sandbox delivers to http://127.0.0.1 only")
    secret = parameters.text("secret_token") or ""
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _apply_filters(world, parameters)
    world.updates.set_webhook(
        Webhook(url, secret, parameters.integer("max_connections") or _DEFAULT_CONNECTIONS)
    )
    world.go_online()
    return True


async def delete_webhook(world: World, parameters: Parameters) -> bool:
    """https://core.telegram.org/bots/api#deletewebhook."""
    _apply_filters(world, parameters)
    world.updates.set_webhook(None)
    return True


async def get_webhook_info(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getwebhookinfo."""
    webhook = world.updates.webhook
    info: Json = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates),
    }
    if webhook:
        info |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
        if webhook.last_error_date:
            info |= {
                "last_error_date": webhook.last_error_date,
                "last_error_message": webhook.last_error_message,
            }
    if world.updates.allowed:
        info["allowed_updates"] = world.updates.allowed
    return info


def _apply_filters(world: World, parameters: Parameters) -> None:
    allowed = parameters.array("allowed_updates")
    if allowed is not None:
        world.updates.allowed = allowed
    if parameters.flag("drop_pending_updates"):
        world.updates.clear()

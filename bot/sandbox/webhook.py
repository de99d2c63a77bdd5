"""Delivers updates to the bot's webhook: in order, again and again until the bot takes them."""

import asyncio
import time

import httpx

from bot.sandbox.updates import UpdateQueue, Webhook

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_FIRST_RETRY_S = 0.2
_LONGEST_RETRY_S = 10.0
_TIMEOUT_S = 60.0


async def deliver(updates: UpdateQueue) -> None:
    """Run until cancelled: POST each pending update while a webhook is set.

    An update counts as delivered once the webhook answers 2xx; the body of that answer is not read.
    """
    # A proxy from the environment must not carry updates off this machine.
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
        retry_s = _FIRST_RETRY_S
        while True:
            updates.changed.clear()
            webhook, update = updates.webhook, updates.next_update()
            if webhook is None or update is None:
                await updates.changed.wait()
                continue
            failure = await _post(client, webhook, update)
            if failure is None:
                updates.confirm(update["update_id"])
                retry_s = _FIRST_RETRY_S
                continue
            webhook.last_error_date, webhook.last_error_message = int(time.time()), failure
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, _LONGEST_RETRY_S)


async def _post(client: httpx.AsyncClient, webhook: Webhook, update: dict[str, object]) -> str | None:
    headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
    try:
        response = await client.post(webhook.url, json=update, headers=headers)
    except httpx.TimeoutException:
        return "Read timeout expired"
    except httpx.TransportError as err:
        return f"Connection refused: {err}" if isinstance(err, httpx.ConnectError) else str(err)
    if response.is_success:
        return None
    return f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"

"""Draws docs/images/conversation.png: what the real bot says to two people, before the tests' Bot API server.

The machine needs a Chinese font (Debian: fonts-wqy-microhei) and one with emoji (fonts-noto-color-emoji).
"""

import base64
import html
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
from playwright.sync_api import sync_playwright

from platewise.settings import Settings
from platewise.store.opening import open_store
from platewise.vision.reader import Reader
from platewise.web.v1 import events

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "bot"))
from fake_http import TOKEN, Json  # noqa: E402
from fake_telegram import ANN, FakeTelegram  # noqa: E402
from running import Site  # noqa: E402

LI = 33
START = datetime.now(UTC) - timedelta(minutes=100)
STYLE = """
body { margin: 0; padding: 24px; display: flex; gap: 24px; background: #dfe6ec; width: 936px;
       font: 15px/1.35 "DejaVu Sans", "WenQuanYi Micro Hei", "Noto Color Emoji", sans-serif; color: #16202a; }
section { width: 456px; background: #9fb8c8; border-radius: 18px; overflow: hidden; }
h1 { margin: 0; padding: 12px 18px; background: #fff; font-size: 16px; }
h1 small { display: block; font-weight: normal; color: #6b7c8a; }
main { padding: 12px; display: flex; flex-direction: column; gap: 7px; }
.said { max-width: 330px; padding: 8px 11px; border-radius: 13px; background: #fff; white-space: pre-wrap;
        align-self: flex-start; }
.said.mine { align-self: flex-end; background: #e3fbcf; }
.said img { display: block; width: 308px; border-radius: 8px; }
.said time { float: right; margin: 5px 0 0 10px; font-size: 11px; color: #75858f; }
.to { border-left: 3px solid #3a8fd0; padding-left: 7px; margin-bottom: 4px; font-size: 13px; color: #3a6f96;
      white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.button { min-width: 200px; box-sizing: border-box; align-self: flex-start; padding: 6px 11px;
          text-align: center; border-radius: 9px; background: #5f8299; color: #fff; font-weight: bold; }
"""


def converse(fake: FakeTelegram) -> None:
    """Have two people talk to the bot."""

    def send(
        minutes: float, sample: int | None = None, text: str = "", size: float = 1.0, **more: Any
    ) -> Json:
        """Send one photo or text, and wait for the answer."""
        when = START + timedelta(minutes=minutes)
        fake.now = when
        content = None if sample is None else fake.photo(_photo(sample, size), date=when, **more)
        return fake.answer(content or fake.send(text=text, date=when, **more))

    chinese = {"chat": LI, "language": "zh-hans"}
    send(0, text="/getnumber")
    send(1, 0)
    wrong = send(9, 9, size=0.17)
    fake.now = START + timedelta(minutes=10)
    fake.press(wrong)
    fake.wait(lambda: len(fake.said(wrong)) == 1)
    fake.answer(fake.reply(fake.said(wrong)[0], "TMV 660", date=fake.now))
    send(12, text="/watch VO12 JAJ")
    send(29, 4, size=0.13, **chinese)
    send(30, 6, **chinese)
    send(31, text="/left", **chinese)
    send(33, text="/getnumber", **chinese)
    send(95, 6, **chinese)
    send(97, 0, **chinese)
    fake.wait(lambda: any(m["text"].startswith("🔔") for m in fake.said()))
    send(99, text="/left")


def _photo(sample: int, size: float) -> bytes:
    """Return a sample as a JPEG, seen from afar with a size under 1."""
    pixels = cv2.imread(str(ROOT / f"samples/{sample:06d}.jpg"))
    assert pixels is not None
    small = cv2.resize(pixels, None, fx=size, fy=size, interpolation=cv2.INTER_AREA) if size < 1 else pixels
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()


def page(fake: FakeTelegram) -> str:
    """Return the two chats as a page."""
    chats = "".join(_chat(fake, chat, name) for chat, name in ((ANN, "English"), (LI, "中文")))
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{chats}"


def _chat(fake: FakeTelegram, chat: int, language: str) -> str:
    told = "".join(_said(fake, m) for m in fake.messages.values() if m["chat"]["id"] == chat)
    return f"<section><h1>Platewise<small>bot · {language}</small></h1><main>{told}</main></section>"


def _said(fake: FakeTelegram, message: Json) -> str:
    mine = "" if message["from"]["is_bot"] else " mine"
    time = f"{datetime.fromtimestamp(message['date'], UTC):%H:%M}"
    inside = html.escape(message.get("text", ""))
    if "photo" in message:
        data = fake.file(f"photos/{message['photo'][-1]['file_id']}.jpg") or b""
        inside = f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
    to = message.get("reply_to_message", {})
    quoted = f'<div class="to">{html.escape(to.get("text", "📷"))}</div>' if to else ""
    buttons = message.get("reply_markup", {}).get("inline_keyboard", [])
    below = "".join(f'<div class="button">{html.escape(row[0]["text"])}</div>' for row in buttons)
    return f'<div class="said{mine}">{quoted}{inside}<time>{time}</time></div>{below}'


def main(out: Path) -> None:
    """Run server and bot, let people talk, and draw that."""
    events.HEARTBEAT = 0.2  # so that the server ends as soon as the bot does
    fake = FakeTelegram()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder}/platewise.sqlite3", folder / "images", 2**30)
        site = Site(store, Reader(settings=Settings(reads_per_minute=0, data=folder)))
        settings = {
            "TOKEN": TOKEN,
            "API": fake.url,
            "SERVER": site.url,
            "SERVER_TOKEN": site.token,
            "CHATS": "everyone",
            "MANAGERS": str(ANN),
            "STATE": str(folder / "bot.json"),
        }
        environment = {**os.environ, **{f"PLATEWISE_BOT_{k}": v for k, v in settings.items()}}
        command = [sys.executable, "-c", "from platewise.cli.main import main; main()", "bot"]
        with subprocess.Popen(command, env=environment) as bot:
            converse(fake)
            bot.terminate()
        site.down()
        store.close()
    fake.close()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 984, "height": 400})
        shown.set_content(page(fake))
        shown.screenshot(path=out, full_page=True)
        browser.close()
    print(json.dumps([m["text"] for m in fake.said()], ensure_ascii=False, indent=1))


main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "conversation.png")

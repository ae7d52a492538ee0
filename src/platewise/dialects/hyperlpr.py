"""HyperLPR3's answers."""

from typing import Any

from platewise.core.frame import Pixels
from platewise.core.read import Read
from platewise.dialects.boxes import corners

FINE, DENIED, WRONG, BROKEN = 5000, 5005, 5007, 5009
"""The codes of its answers: done, not allowed, a wrong parameter, a fault of the server."""
DONE = "请求成功"
NAMES = (
    "蓝牌", "黄牌单层", "白牌单层", "绿牌新能源", "黑牌港澳", "香港单层", "香港双层", "澳门单层",
    "澳门双层", "黄牌双层",
)  # fmt: skip
"""The kinds of plates by number; -1 is unknown."""
UNKNOWN, BLUE, YELLOW, WHITE, GREEN, BLACK, DOUBLE_YELLOW = -1, 0, 1, 2, 3, 4, 9


def kind_of(read: Read, yellow: bool) -> int:
    """Return the number of a plate's kind, from its text; blue and yellow plates differ in colour alone."""
    text = read.plate.text if read.plate else ""
    if not text or not read.plate or read.plate.region != "cn":
        return UNKNOWN
    if text.startswith("WJ") or "警" in text:
        return WHITE
    if set("港澳使领") & set(text) or text.startswith("粤Z"):
        return BLACK
    if len(text) == 8:
        return GREEN
    if "挂" in text:
        return DOUBLE_YELLOW
    return YELLOW if yellow or "学" in text else BLUE


def is_yellow(pixels: Pixels, read: Read) -> bool:
    """Tell whether a plate in a picture ``(H, W, 3) uint8 RGB`` has more red and green than blue."""
    left, top, right, bottom = corners(read.quad)
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    if not part.size:
        return False
    red, green, blue = (float(part[:, :, i].mean()) for i in range(3))
    return min(red, green) > blue


def plate(read: Read, kind: int) -> dict[str, Any]:
    """Return one readable plate as the server tells it."""
    assert read.plate
    return {
        "code": read.plate.text,
        "conf": round(read.confidence, 4),
        "plate_type": NAMES[kind] if kind >= 0 else "未知",
        "box": list(corners(read.quad)),
    }


def answer(code: int, message: str, result: Any = None) -> dict[str, Any]:
    """Return the whole answer."""
    return {"result": result, "code": code, "msg": message}

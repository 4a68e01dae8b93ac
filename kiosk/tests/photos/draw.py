"""Draws the product photos beside this file, of invented brands.

`pip install skia-python pillow numpy imagequant`, then run it.
Everything is drawn in units of a picture that is 480 wide.
"""

import io
import math
import random
from pathlib import Path

import imagequant
import numpy as np
import skia
from PIL import Image, ImageFilter

HERE = Path(__file__).parent
SIDE = 480
FINE = 4
FACE = skia.Typeface.MakeFromFile(str(HERE / "../../assets/NotoSansSC-Bold.otf"))

CLEAR = (255, 255, 255, 0)


def rgb(value, alpha=1.0):
    return skia.Color((value >> 16) & 255, (value >> 8) & 255, value & 255, round(alpha * 255))


def white(alpha):
    return rgb(0xFFFFFF, alpha)


def black(alpha):
    return rgb(0x000000, alpha)


def gradient(start, end, stops):
    places, colors = zip(*stops)
    return skia.GradientShader.MakeLinear([start, end], list(colors), list(places))


def radial(center, radius, stops):
    places, colors = zip(*stops)
    return skia.GradientShader.MakeRadial(center, radius, list(colors), list(places))


def paint(color=None, shader=None, blur=0.0, width=0.0):
    result = skia.Paint(AntiAlias=True)
    if color is not None:
        result.setColor(color)
    if shader is not None:
        result.setShader(shader)
    if blur:
        result.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    if width:
        result.setStyle(skia.Paint.kStroke_Style)
        result.setStrokeWidth(width)
        result.setStrokeCap(skia.Paint.kRound_Cap)
        result.setStrokeJoin(skia.Paint.kRound_Join)
    return result


def shape(start, *steps, close=True):
    """Steps are points: one for a line, two for a quadratic, three for a cubic curve."""
    result = skia.Path()
    result.moveTo(*start)
    for step in steps:
        if len(step) == 2:
            result.lineTo(*step)
        elif len(step) == 4:
            result.quadTo(*step)
        else:
            result.cubicTo(*step)
    if close:
        result.close()
    return result


def oval(x, y, rx, ry):
    return skia.Rect.MakeLTRB(x - rx, y - ry, x + rx, y + ry)


def shadow(c, x, y, rx, ry, alpha=0.35):
    c.drawOval(oval(x, y, rx, ry * 0.6), paint(black(alpha), blur=ry * 0.45))
    c.drawOval(oval(x, y, rx * 0.86, ry * 0.35), paint(black(alpha * 1.1), blur=ry * 0.22))


def text(c, words, x, y, size, color, skew=0.0, spread=0.0, stretch=1.0):
    """Words around x, standing on y."""
    font = skia.Font(FACE, size)
    font.setSkewX(skew)
    font.setScaleX(stretch)
    font.setEdging(skia.Font.Edging.kAntiAlias)
    widths = [font.measureText(letter) for letter in words]
    total = sum(widths) + spread * (len(words) - 1)
    at = x - total / 2
    brush = color if isinstance(color, skia.Paint) else paint(color)
    for letter, width in zip(words, widths):
        c.drawString(letter, at, y, font, brush)
        at += width + spread


class Clip:
    def __init__(self, canvas, outline):
        self.canvas, self.outline = canvas, outline

    def __enter__(self):
        self.canvas.save()
        self.canvas.clipPath(self.outline, skia.ClipOp.kIntersect, True)

    def __exit__(self, *_):
        self.canvas.restore()


def round_shading(left, right, strength=1.0):
    """Light from the left on something round, lit by a window."""
    s = strength
    return gradient((left, 0), (right, 0), [
        (0.00, black(0.50 * s)), (0.07, black(0.26 * s)), (0.14, black(0.04 * s)),
        (0.19, white(0.20 * s)), (0.25, white(0.52 * s)), (0.31, white(0.46 * s)),
        (0.36, white(0.10 * s)), (0.46, white(0.02 * s)), (0.62, black(0.05 * s)),
        (0.80, black(0.26 * s)), (0.90, black(0.38 * s)), (0.95, black(0.26 * s)),
        (1.00, black(0.46 * s)),
    ])


def drops(c, outline, box, count, seed):
    """Beads of water on a cold surface."""
    rng = random.Random(seed)
    placed = []
    with Clip(c, outline):
        while len(placed) < count:
            radius = 1.3 + 3.4 * rng.random() ** 2.6
            x, y = rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])
            if any(math.hypot(x - a, y - b) < radius + r + 1.5 for a, b, r in placed):
                continue
            placed.append((x, y, radius))
            tall = radius * rng.uniform(1.0, 1.25)
            c.drawOval(oval(x + 0.5, y + 0.9, radius, tall), paint(black(0.28), blur=0.7))
            c.drawOval(oval(x, y, radius, tall), paint(shader=gradient(
                (x, y - tall), (x, y + tall), [(0, white(0.05)), (1, white(0.42))])))
            c.drawOval(oval(x - radius * 0.3, y - tall * 0.42, radius * 0.28, tall * 0.24),
                       paint(white(0.9)))


# ---------------------------------------------------------------- drinks


def cola(c):
    left, right = 136, 344
    shadow(c, 240, 444, 106, 26)
    body = shape((158, 50), (154, 66, 136, 74, 136, 98), (136, 398),
                 (136, 418, 152, 428, 158, 440), (190, 455, 290, 455, 322, 440),
                 (328, 428, 344, 418, 344, 398), (344, 98),
                 (344, 74, 326, 66, 322, 50), (290, 62, 190, 62, 158, 50))
    with Clip(c, body):
        c.drawPaint(paint(shader=gradient((0, 90), (0, 410), [
            (0, rgb(0xE3202C)), (0.55, rgb(0xCE1220)), (1, rgb(0xA80A18))])))
        ribbon = shape((120, 318), (180, 250, 250, 352, 360, 262), (360, 300),
                       (262, 386, 190, 296, 120, 360))
        c.drawPath(ribbon, paint(rgb(0xFFF3E6)))
        under = shape((120, 372), (190, 310, 262, 398, 360, 312), (360, 322),
                      (264, 408, 190, 320, 120, 384))
        c.drawPath(under, paint(rgb(0xFFC24A)))
        c.save()
        c.rotate(-7, 240, 200)
        text(c, "KOLVA", 241, 205, 60, rgb(0x7A0510), skew=-0.2, stretch=0.86)
        text(c, "KOLVA", 239, 202, 60, rgb(0xFFF8EE), skew=-0.2, stretch=0.86)
        c.restore()
        text(c, "COLA", 240, 248, 25, rgb(0xFFD98A), spread=9)
        text(c, "330 ml", 240, 402, 15, rgb(0xFFE9D2, 0.9), spread=1)
        c.drawPaint(paint(shader=round_shading(left, right)))
        # Bare metal at the neck and the foot.
        metal = gradient((left, 0), (right, 0), [
            (0, rgb(0x6E747A)), (0.12, rgb(0xB9C0C6)), (0.26, rgb(0xFBFCFD)),
            (0.42, rgb(0xC3C9CE)), (0.7, rgb(0x9AA1A8)), (0.88, rgb(0x7B838A)),
            (1, rgb(0x9EA5AB))])
        neck = shape((120, 20), (360, 20), (360, 84), (290, 97, 190, 97, 120, 84))
        c.drawPath(neck, paint(shader=metal))
        c.drawPath(shape((120, 84), (190, 97, 290, 97, 360, 84), close=False),
                   paint(black(0.3), blur=1.2, width=2.4))
        foot = shape((120, 411), (190, 429, 290, 429, 360, 411), (360, 470), (120, 470))
        c.drawPath(foot, paint(shader=metal))
        c.drawPath(shape((120, 411), (190, 429, 290, 429, 360, 411), close=False),
                   paint(black(0.3), blur=1.0, width=2.0))
        c.drawPath(shape((120, 470), (120, 446), (190, 455, 290, 455, 360, 446), (360, 470)),
                   paint(black(0.35), blur=3))
    drops(c, body, (left, 100, right, 405), 95, 7)
    lid(c)


def lid(c):
    c.drawOval(oval(240, 49, 84, 17), paint(shader=gradient((156, 0), (324, 0), [
        (0, rgb(0x80868C)), (0.25, rgb(0xFFFFFF)), (0.5, rgb(0xBCC2C8)),
        (0.8, rgb(0x8D949B)), (1, rgb(0xC9CED2))])))
    c.drawOval(oval(240, 50, 77, 13.6), paint(shader=gradient((0, 37), (0, 63), [
        (0, rgb(0x6F767D)), (0.45, rgb(0xA9B0B6)), (1, rgb(0xE9ECEE))])))
    c.drawOval(oval(240, 52, 70, 10.6), paint(shader=gradient((170, 40), (310, 62), [
        (0, rgb(0xD5DADD)), (0.5, rgb(0xB1B8BE)), (1, rgb(0xD9DDE0))])))
    c.drawOval(oval(240, 56.5, 24, 4.6), paint(rgb(0x8A9198), width=1.2))
    tab = skia.Path()
    tab.addOval(oval(240, 49, 21, 5.2))
    c.drawOval(oval(241, 51, 22, 5.4), paint(black(0.35), blur=1.4))
    c.drawPath(tab, paint(shader=gradient((219, 44), (261, 54), [
        (0, rgb(0xFFFFFF)), (0.6, rgb(0xC4CACF)), (1, rgb(0x9AA1A8))])))
    c.drawOval(oval(240, 46.8, 9, 1.9), paint(rgb(0x7D848B)))


def cap(c, left, right, top, bottom, color, dark):
    outline = shape((left + 2, top + 5), (left + 3, top, left + 9, top), (right - 9, top),
                    (right - 3, top, right - 2, top + 5), (right, bottom),
                    ((left + right) / 2, bottom + 7, left, bottom))
    with Clip(c, outline):
        c.drawPaint(paint(shader=gradient((0, top), (0, bottom), [
            (0, rgb(color)), (1, rgb(dark))])))
        count = 17
        for line in range(count):
            angle = math.pi * (line + 0.5) / count
            x = (left + right) / 2 - math.cos(angle) * (right - left) / 2
            c.drawLine(x, top + 9, x, bottom - 8, paint(black(0.22), width=1.5))
            c.drawLine(x + 1.3, top + 9, x + 1.3, bottom - 8, paint(white(0.25), width=0.9))
        c.drawLine(left, bottom - 4.5, right, bottom - 4.5, paint(black(0.3), width=1.3))
        c.drawPaint(paint(shader=round_shading(left, right, 0.85)))


def water(c):
    shadow(c, 240, 454, 82, 22, 0.26)
    outline = shape((213, 62), (213, 82), (213, 108, 160, 120, 160, 178), (160, 206),
                    (166, 214, 160, 222), (160, 352), (166, 360, 160, 368),
                    (160, 428), (160, 448, 170, 456, 186, 457), (240, 463, 294, 457),
                    (310, 456, 320, 448, 320, 428), (320, 368), (314, 360, 320, 352),
                    (320, 222), (314, 214, 320, 206), (320, 178),
                    (320, 120, 267, 108, 267, 82), (267, 62))
    with Clip(c, outline):
        c.drawPaint(paint(shader=gradient((160, 0), (320, 0), [
            (0, rgb(0x2E86C8, 0.88)), (0.10, rgb(0x7CC4EE, 0.70)), (0.25, rgb(0xD4F0FF, 0.62)),
            (0.5, rgb(0xA9DDF8, 0.62)), (0.78, rgb(0x5FB2E6, 0.74)), (0.93, rgb(0x3E97D6, 0.84)),
            (1, rgb(0x1D6FB4, 0.92))])))
        # The air above the water.
        air = shape((150, 40), (330, 40), (330, 116), (240, 126, 150, 116))
        c.drawPath(air, paint(white(0.45)))
        c.drawOval(oval(240, 117, 64, 6), paint(white(0.5)))
        c.drawOval(oval(240, 118, 63, 5), paint(rgb(0x2C86C9, 0.5), width=1.2))
        for y in (146, 164, 182, 378, 396, 414):
            bow = shape((156, y), (240, y + 11, 324, y), close=False)
            c.drawPath(bow, paint(rgb(0x0E5DA3, 0.30), blur=1.1, width=2.6))
            low = shape((156, y + 4), (240, y + 15, 324, y + 4), close=False)
            c.drawPath(low, paint(white(0.55), blur=0.8, width=2.0))
        c.drawOval(oval(240, 455, 66, 9), paint(rgb(0x0B4E8F, 0.45), blur=4))
    sleeve = shape((159.5, 222), (240, 236, 320.5, 222), (320.5, 350), (240, 364, 159.5, 350))
    with Clip(c, sleeve):
        c.drawPaint(paint(shader=gradient((0, 220), (0, 362), [
            (0, rgb(0x0A4FA8)), (0.55, rgb(0x1C86DB)), (1, rgb(0x58B8F2))])))
        far = shape((150, 372), (150, 336), (182, 318), (204, 330), (240, 300), (268, 327),
                    (290, 316), (330, 340), (330, 372))
        c.drawPath(far, paint(rgb(0x7CC6F5)))
        near = shape((150, 372), (150, 352), (196, 338), (222, 349), (262, 333), (330, 356),
                     (330, 372))
        c.drawPath(near, paint(rgb(0xEAF8FF)))
        c.drawPath(shape((240, 300), (253, 313), (245, 311), (239, 317), (232, 311), (224.5, 313)),
                   paint(white(1)))
        text(c, "AQVELO", 240, 271, 29, white(1), spread=1.2, stretch=0.88)
        text(c, "SPRING WATER", 240, 288, 11, rgb(0xDDF2FF), spread=1.6)
    with Clip(c, outline):
        c.drawPaint(paint(shader=round_shading(160, 320, 0.62)))
        c.drawPath(shape((181, 140), (176, 210, 178, 330, 181, 430), (187, 430),
                         (185, 330, 184, 210, 190, 140)), paint(white(0.7), blur=1.6))
        c.drawPath(shape((304, 160), (308, 240, 308, 350, 304, 430), close=False),
                   paint(white(0.5), blur=1.4, width=2.6))
    c.drawPath(outline, paint(rgb(0x1B66A6, 0.5), width=1.1))
    c.drawRoundRect(skia.Rect.MakeLTRB(207, 62, 273, 70), 3, 3, paint(shader=gradient(
        (207, 0), (273, 0), [(0, rgb(0x4B9BD2)), (0.3, rgb(0xF2FBFF)), (1, rgb(0x4B9BD2))])))
    cap(c, 209, 271, 22, 60, 0x2E8FE6, 0x1166BE)


def leaf(c, x, y, size, angle, color, dark):
    c.save()
    c.translate(x, y)
    c.rotate(angle)
    c.scale(size, size)
    blade = shape((0, 0), (0.28, -0.42, 0.72, -0.36, 1, 0), (0.72, 0.26, 0.28, 0.32, 0, 0))
    c.drawPath(blade, paint(shader=gradient((0, -0.35), (0, 0.3), [
        (0, rgb(color)), (1, rgb(dark))])))
    c.drawPath(shape((0, 0), (0.5, -0.06, 0.94, 0), close=False),
               paint(white(0.55), width=0.022))
    for step in range(1, 6):
        at = step / 6.5
        for side in (-0.22, 0.17):
            c.drawLine(at, -0.03, at + 0.13, side * (1.1 - at * 0.75),
                       paint(white(0.32), width=0.013))
    c.restore()


def tea(c):
    shadow(c, 240, 454, 86, 22, 0.32)
    outline = shape((211, 64), (211, 78), (211, 100, 156, 104, 156, 150), (156, 432),
                    (156, 450, 166, 456, 182, 457), (240, 463, 298, 457),
                    (314, 456, 324, 450, 324, 432), (324, 150),
                    (324, 104, 269, 100, 269, 78), (269, 64))
    with Clip(c, outline):
        c.drawPaint(paint(shader=gradient((156, 0), (324, 0), [
            (0, rgb(0x5C7A12, 0.97)), (0.2, rgb(0xC6D45A, 0.94)), (0.5, rgb(0xA9BE3A, 0.95)),
            (0.85, rgb(0x7C9820, 0.96)), (1, rgb(0x4C680C, 0.98))])))
        c.drawPath(shape((150, 40), (330, 40), (330, 94), (240, 102, 150, 94)),
                   paint(white(0.35)))
        c.drawOval(oval(240, 95, 38, 4), paint(white(0.5)))
    sleeve = shape((156, 152), (240, 166, 324, 152), (324, 418), (240, 432, 156, 418))
    with Clip(c, sleeve):
        c.drawPaint(paint(shader=gradient((0, 152), (0, 430), [
            (0, rgb(0x0E7A3C)), (0.45, rgb(0x149150)), (1, rgb(0x0A5C30))])))
        c.drawCircle(240, 246, 66, paint(rgb(0xF5F8E4)))
        c.drawCircle(240, 246, 60, paint(rgb(0x149150), width=1.4))
        text(c, "SENLU", 240, 247, 34, rgb(0x0B5E31), stretch=0.9)
        text(c, "GREEN TEA", 240, 268, 13, rgb(0x3F9A4C), spread=1.6)
        leaf(c, 236, 220, 34, -52, 0x6CC04A, 0x2F8B36)
        leaf(c, 238, 221, 28, -132, 0x8ED35C, 0x48A23C)
        leaf(c, 176, 402, 88, -38, 0x7DCB54, 0x2D8A3A)
        leaf(c, 226, 412, 96, -70, 0x9BDA66, 0x43A042)
        leaf(c, 250, 412, 84, -24, 0x69BC4B, 0x22793A)
        c.drawPath(shape((150, 158), (240, 172, 330, 158), close=False),
                   paint(rgb(0xE9D78A), width=3))
        c.drawPath(shape((150, 411), (240, 425, 330, 411), close=False),
                   paint(rgb(0xE9D78A), width=3))
    with Clip(c, outline):
        c.drawPaint(paint(shader=round_shading(156, 324, 0.85)))
        c.drawOval(oval(240, 456, 70, 8), paint(black(0.35), blur=4))
        c.drawPath(shape((176, 128), (182, 112, 196, 108, 206, 98), close=False),
                   paint(white(0.6), blur=2, width=5))
    c.drawPath(outline, paint(rgb(0x23400A, 0.4), width=1.0))
    c.drawRoundRect(skia.Rect.MakeLTRB(205, 63, 275, 71), 3, 3, paint(shader=gradient(
        (205, 0), (275, 0), [(0, rgb(0x5C7A12)), (0.3, rgb(0xF6FBD8)), (1, rgb(0x5C7A12))])))
    cap(c, 208, 272, 24, 61, 0x1FA357, 0x0B6B35)


def orange(c, x, y, radius):
    """Half an orange, cut side to us."""
    c.drawCircle(x, y, radius, paint(shader=radial((x - radius * 0.3, y - radius * 0.3),
                                                   radius * 1.5, [
        (0, rgb(0xFFB03A)), (0.7, rgb(0xF58410)), (1, rgb(0xD96400))])))
    c.drawCircle(x, y, radius * 0.92, paint(rgb(0xFFF1CF)))
    for wedge in range(10):
        c.save()
        c.translate(x, y)
        c.rotate(wedge * 36)
        c.scale(radius, radius)
        piece = shape((0.08, 0), (0.3, -0.22, 0.62, -0.26, 0.80, -0.20),
                      (0.90, -0.14, 0.90, 0.14, 0.80, 0.20), (0.62, 0.26, 0.3, 0.22, 0.08, 0))
        c.drawPath(piece, paint(shader=gradient((0, 0), (0.9, 0), [
            (0, rgb(0xFFC65C)), (0.6, rgb(0xFF9D1F)), (1, rgb(0xF98608))])))
        c.drawPath(shape((0.3, -0.08), (0.5, -0.13, 0.72, -0.1), close=False),
                   paint(white(0.45), width=0.03))
        c.restore()


def juice(c):
    shadow(c, 246, 446, 122, 24, 0.34)
    front = shape((128, 152), (288, 160), (288, 452), (128, 436))
    side = shape((288, 160), (358, 146), (358, 424), (288, 452))
    with Clip(c, front):
        c.drawPaint(paint(shader=gradient((0, 150), (0, 452), [
            (0, rgb(0xFFF6DF)), (0.42, rgb(0xFFE3A0)), (1, rgb(0xFFB53E))])))
        c.save()
        c.skew(0, 0.05)
        c.translate(0, -8)
        c.drawRect(skia.Rect.MakeLTRB(120, 150, 300, 184), paint(rgb(0xF07C0E)))
        text(c, "100% FRUIT", 208, 173, 16, white(1), spread=1.5)
        text(c, "SOLVINA", 208, 237, 37, rgb(0xE4660A), stretch=0.92)
        text(c, "ORANGE JUICE", 208, 263, 14.5, rgb(0x2E7D32), spread=1.2)
        c.restore()
        orange(c, 180, 374, 70)
        orange(c, 268, 408, 48)
        leaf(c, 196, 312, 62, -24, 0x7CC24A, 0x2F8B36)
        c.drawPaint(paint(shader=gradient((128, 0), (288, 0), [
            (0, white(0.30)), (0.12, white(0.05)), (0.8, black(0.0)), (1, black(0.12))])))
    with Clip(c, side):
        c.drawPaint(paint(shader=gradient((0, 150), (0, 452), [
            (0, rgb(0xE8C888)), (0.4, rgb(0xE2A848)), (1, rgb(0xC9781A))])))
        c.drawPath(shape((288, 157), (358, 143), (358, 178), (288, 195)), paint(rgb(0xB75605)))
        for row, width in enumerate((46, 40, 44, 30, 42, 36)):
            y = 236 + row * 15
            c.drawLine(300, y, 300 + width, y - width * 0.2, paint(rgb(0x8A4A08, 0.45), width=3))
        c.drawRect(skia.Rect.MakeLTRB(304, 352, 344, 388), paint(rgb(0xFFF6E2)))
        for bar in range(13):
            x = 307 + bar * 2.7
            c.drawLine(x, 355, x, 385, paint(rgb(0x333333), width=0.8 + (bar * 7 % 3) * 0.35))
        c.drawPaint(paint(shader=gradient((288, 0), (358, 0), [
            (0, black(0.16)), (1, black(0.36))])))
    gable(c)
    c.drawLine(288, 160, 288, 451, paint(white(0.45), blur=0.7, width=1.6))


def gable(c):
    roof = shape((128, 152), (288, 160), (300, 84), (160, 76))
    c.drawPath(roof, paint(shader=gradient((0, 76), (0, 160), [
        (0, rgb(0xFFC55E)), (1, rgb(0xF58A14))])))
    fold = shape((288, 160), (358, 146), (334, 84), (300, 84))
    c.drawPath(fold, paint(shader=gradient((288, 0), (358, 0), [
        (0, rgb(0xB65A08)), (1, rgb(0xD9801E))])))
    c.drawPath(shape((288, 160), (322, 112), (358, 146)), paint(rgb(0x9C4A04)))
    c.drawLine(288, 160, 300, 84, paint(white(0.5), blur=0.6, width=1.3))
    c.drawLine(128, 152, 288, 160, paint(black(0.18), blur=0.8, width=1.6))
    crest = shape((158, 50), (332, 56), (334, 86), (160, 78))
    c.drawPath(crest, paint(shader=gradient((0, 50), (0, 86), [
        (0, rgb(0xFFF2CF)), (0.6, rgb(0xFFD782)), (1, rgb(0xE79A30))])))
    for line in range(28):
        x = 164 + line * 6.1
        c.drawLine(x, 54, x + 0.2, 76, paint(rgb(0xC98420, 0.4), width=1))
    c.drawLine(160, 79, 334, 86.5, paint(black(0.28), blur=0.9, width=1.8))
    # The screw cap, on the slope.
    c.drawOval(oval(212, 131, 31, 15), paint(black(0.35), blur=3))
    c.drawOval(oval(211, 127, 30, 14), paint(rgb(0xC9CDD2)))
    wall = shape((183, 108), (184, 124), (186, 140, 236, 140, 238, 124), (239, 108))
    c.drawPath(wall, paint(shader=gradient((183, 0), (239, 0), [
        (0, rgb(0x1F7A34)), (0.3, rgb(0x63C46C)), (0.6, rgb(0x2E9440)), (1, rgb(0x145A26))])))
    for line in range(14):
        x = 211 - math.cos(math.pi * (line + 0.5) / 14) * 27.5
        low = 124 + 10.5 * math.sin(math.pi * (line + 0.5) / 14)
        c.drawLine(x, low - 13, x, low, paint(black(0.22), width=1.2))
    c.drawOval(oval(211, 108, 28, 12), paint(shader=gradient((183, 96), (239, 120), [
        (0, rgb(0x8EDB92)), (0.5, rgb(0x3DA64C)), (1, rgb(0x24823A))])))
    c.drawOval(oval(211, 108, 21, 8.4), paint(white(0.35), width=1.2))


# ---------------------------------------------------------------- snacks


def teeth(x0, x1, y, depth, count):
    """Points of a zigzag from x0 to x1."""
    step = (x1 - x0) / (count * 2)
    return [(x0 + step * i, y + (depth if i % 2 else 0)) for i in range(1, count * 2 + 1)]


def crisp(c, x, y, rx, ry, angle, seed):
    rng = random.Random(seed)
    c.save()
    c.translate(x, y)
    c.rotate(angle)
    edge = []
    for i in range(28):
        at = 2 * math.pi * i / 28
        wobble = 1 + 0.05 * math.sin(3 * at + seed) + rng.uniform(-0.02, 0.02)
        edge.append((rx * wobble * math.cos(at), ry * wobble * math.sin(at)))
    outline = skia.Path()
    outline.moveTo(*[(a + b) / 2 for a, b in zip(edge[-1], edge[0])])
    for here, after in zip(edge, edge[1:] + edge[:1]):
        outline.quadTo(*here, (here[0] + after[0]) / 2, (here[1] + after[1]) / 2)
    outline.close()
    c.save()
    c.translate(3, 6)
    c.drawPath(outline, paint(black(0.38), blur=4))
    c.restore()
    with Clip(c, outline):
        c.drawPaint(paint(shader=gradient((-rx, -ry), (rx, ry), [
            (0, rgb(0xFFE998)), (0.45, rgb(0xFBCC50)), (1, rgb(0xE79A22))])))
        # Ridges, bent as the slice is.
        count = round(rx / 4.2)
        for ridge in range(-count, count + 1):
            at = ridge * rx / count
            bow = ry * 0.34
            line = shape((at - 6, -ry), (at - 6 + bow, 0, at - 6, ry), close=False)
            c.drawPath(line, paint(rgb(0xB8720F, 0.42), blur=0.7, width=1.7))
            c.save()
            c.translate(2.1, 0)
            c.drawPath(line, paint(rgb(0xFFF3B4, 0.75), blur=0.6, width=1.4))
            c.restore()
        c.drawPath(shape((-rx, ry * 0.2), (0, ry * 0.75, rx, ry * 0.1), (rx, ry), (-rx, ry)),
                   paint(rgb(0xB4690C, 0.42), blur=9))
        c.drawPath(shape((-rx * 0.75, -ry * 0.3), (0, -ry * 0.95, rx * 0.75, -ry * 0.3),
                         close=False), paint(white(0.55), blur=4, width=7))
        for _ in range(26):
            a, r = rng.uniform(0, 6.3), math.sqrt(rng.uniform(0.3, 1))
            c.drawCircle(rx * r * math.cos(a), ry * r * math.sin(a), rng.uniform(0.5, 1.6),
                         paint(rgb(0x8E4A08, rng.uniform(0.25, 0.6))))
        c.drawPath(outline, paint(rgb(0x9E520A, 0.8), blur=1.6, width=4.5))
    c.restore()


def crisps(c):
    shadow(c, 240, 452, 128, 20, 0.32)
    top = teeth(106, 374, 26, 6, 24)
    bottom = teeth(374, 106, 452, -6, 24)
    bag = skia.Path()
    bag.moveTo(106, 26)
    for point in top:
        bag.lineTo(*point)
    bag.cubicTo(370, 90, 396, 150, 392, 240)
    bag.cubicTo(396, 330, 370, 390, 374, 452)
    for point in bottom:
        bag.lineTo(*point)
    bag.cubicTo(110, 390, 84, 330, 88, 240)
    bag.cubicTo(84, 150, 110, 90, 106, 26)
    bag.close()
    with Clip(c, bag):
        c.drawPaint(paint(shader=gradient((0, 26), (0, 452), [
            (0, rgb(0xFFC21A)), (0.45, rgb(0xFFD23C)), (1, rgb(0xF7A30C))])))
        c.drawPath(shape((60, 64), (420, 64), (420, 150), (300, 196, 160, 120, 60, 190)),
                   paint(rgb(0xD7261E)))
        c.drawPath(shape((60, 190), (160, 120, 300, 196, 420, 150), (420, 160),
                         (300, 208, 160, 132, 60, 202)), paint(rgb(0xFFF3D0)))
        c.save()
        c.rotate(-5, 240, 130)
        text(c, "KRIPSO", 242, 137, 64, rgb(0x7C0E0A), skew=-0.12, stretch=0.9)
        text(c, "KRIPSO", 240, 133, 64, rgb(0xFFF6DC), skew=-0.12, stretch=0.9)
        c.restore()
        text(c, "SEA SALT CRISPS", 246, 226, 18, rgb(0x9A1A10), spread=1.4)
        crisp(c, 166, 326, 58, 38, -34, 3)
        crisp(c, 318, 330, 56, 36, 30, 5)
        crisp(c, 242, 300, 62, 40, 6, 8)
        crisp(c, 206, 368, 56, 33, 10, 12)
        crisp(c, 290, 372, 50, 31, -16, 15)
        bag_folds(c, 88, 392, 62, 416)
    c.drawPath(bag, paint(black(0.16), width=1))


def bag_folds(c, left, right, top, bottom):
    """Seams, creases and the shine of foil."""
    c.drawPaint(paint(shader=gradient((left, 0), (right, 0), [
        (0, black(0.46)), (0.05, black(0.20)), (0.12, white(0.10)), (0.19, white(0.34)),
        (0.27, white(0.06)), (0.5, white(0.0)), (0.74, black(0.06)), (0.86, white(0.12)),
        (0.93, black(0.16)), (1, black(0.46))])))
    for edge, inward in ((top, 1), (bottom, -1)):
        outside = skia.Rect.MakeLTRB(0, edge - 44, SIDE, edge) if inward > 0 else \
            skia.Rect.MakeLTRB(0, edge, SIDE, edge + 44)
        c.drawRect(outside, paint(white(0.14)))
        for line in range(6):
            y = edge - inward * (5 + line * 5)
            c.drawLine(left, y, right, y, paint(black(0.16), width=1.3))
            c.drawLine(left, y + 1.4, right, y + 1.4, paint(white(0.25), width=1))
        c.drawLine(left, edge, right, edge, paint(black(0.3), blur=2.2, width=3))
        rng = random.Random(edge)
        for crease in range(11):
            x = left + 26 + crease * (right - left - 52) / 10 + rng.uniform(-6, 6)
            drop = rng.uniform(22, 52)
            lean = (x - SIDE / 2) * 0.16 + rng.uniform(-4, 4)
            wedge = shape((x - 3, edge), (x + lean, edge + inward * drop), (x + 5, edge))
            c.drawPath(wedge, paint(black(0.20), blur=3))
            bright = shape((x + 6, edge), (x + 9 + lean, edge + inward * drop * 0.9),
                           (x + 12, edge))
            c.drawPath(bright, paint(white(0.34), blur=2.6))
    for side, lean in ((left + 8, 1), (right - 8, -1)):
        for y in (168, 238, 306):
            c.drawPath(shape((side, y), (side + lean * 24, y + 8, side + lean * 40, y + 26),
                             (side + lean * 20, y + 18, side, y + 12)),
                       paint(black(0.20), blur=3.5))


def almond(c, x, y, size, angle, tint):
    c.save()
    c.translate(x, y)
    c.rotate(angle)
    c.scale(size, size)
    blade = shape((-1, 0), (-0.6, -0.62, 0.35, -0.66, 1, 0), (0.35, 0.66, -0.6, 0.62, -1, 0))
    c.save()
    c.translate(0.06, 0.16)
    c.drawPath(blade, paint(black(0.5), blur=0.14))
    c.restore()
    with Clip(c, blade):
        c.drawPaint(paint(shader=radial((-0.2, -0.25), 1.3, [
            (0, rgb(tint[0])), (0.55, rgb(tint[1])), (1, rgb(tint[2]))])))
        for line in range(-3, 4):
            c.drawPath(shape((-1, 0), (0, line * 0.26, 1, 0), close=False),
                       paint(black(0.16), width=0.035))
        c.drawPath(shape((-0.6, -0.22), (-0.1, -0.46, 0.4, -0.26), close=False),
                   paint(white(0.5), blur=0.07, width=0.1))
    c.restore()


def cashew(c, x, y, size, angle):
    c.save()
    c.translate(x, y)
    c.rotate(angle)
    c.scale(size, size)
    bean = shape((-0.95, 0.25), (-1.15, -0.55, -0.2, -0.85, 0.3, -0.62),
                 (0.95, -0.45, 1.15, 0.15, 0.92, 0.42), (0.7, 0.66, 0.45, 0.4, 0.36, 0.16),
                 (0.2, -0.08, -0.2, -0.04, -0.32, 0.22), (-0.42, 0.6, -0.85, 0.62, -0.95, 0.25))
    c.save()
    c.translate(0.06, 0.16)
    c.drawPath(bean, paint(black(0.5), blur=0.14))
    c.restore()
    with Clip(c, bean):
        c.drawPaint(paint(shader=gradient((-0.4, -0.9), (0.5, 0.7), [
            (0, rgb(0xFFF2CE)), (0.5, rgb(0xF2D598)), (1, rgb(0xC89A52))])))
        c.drawPath(shape((-0.75, -0.05), (-0.5, -0.6, 0.4, -0.55), close=False),
                   paint(white(0.75), blur=0.08, width=0.12))
        c.drawPath(bean, paint(rgb(0x9A6A28, 0.6), blur=0.06, width=0.12))
    c.restore()


def nuts(c):
    shadow(c, 240, 448, 126, 22, 0.36)
    pouch = shape((116, 34), (364, 34), (366, 120, 384, 200, 382, 300),
                  (380, 380, 376, 420, 366, 440), (300, 462, 180, 462, 114, 440),
                  (104, 420, 100, 380, 98, 300), (96, 200, 114, 120, 116, 34))
    with Clip(c, pouch):
        c.drawPaint(paint(shader=gradient((0, 34), (0, 455), [
            (0, rgb(0x0F6B72)), (0.5, rgb(0x118089)), (1, rgb(0x0A4E57))])))
        c.drawRect(skia.Rect.MakeLTRB(80, 34, 400, 66), paint(rgb(0xE9B44C)))
        c.drawLine(90, 84, 390, 84, paint(black(0.25), width=2.4))
        c.drawLine(90, 86, 390, 86, paint(white(0.3), width=1.4))
        text(c, "NUTTARO", 240, 154, 50, rgb(0x05383D), stretch=0.9)
        text(c, "NUTTARO", 239, 151, 50, rgb(0xFFF4D8), stretch=0.9)
        text(c, "ROASTED MIX", 240, 180, 17, rgb(0xF3C766), spread=3.2)
    window = shape((240, 206), (330, 206, 352, 262, 344, 318), (336, 380, 300, 410, 240, 410),
                   (180, 410, 144, 380, 136, 318), (128, 262, 150, 206, 240, 206))
    with Clip(c, window):
        c.drawPaint(paint(rgb(0x4A2A12)))
        rng = random.Random(21)
        tints = ((0xD88A45, 0xA9602A, 0x6E3813), (0xE4A05A, 0xB86E30, 0x7A4118),
                 (0xC67A3E, 0x94501F, 0x5E2E0F))
        for row in range(8):
            for column in range(8):
                x = 122 + column * 34 + (row % 2) * 17 + rng.uniform(-6, 6)
                y = 206 + row * 29 + rng.uniform(-5, 5)
                if rng.random() < 0.42:
                    cashew(c, x, y, rng.uniform(19, 23), rng.uniform(0, 360))
                else:
                    almond(c, x, y, rng.uniform(19, 23), rng.uniform(0, 360), rng.choice(tints))
        c.drawPath(window, paint(black(0.55), blur=5, width=9))
        c.drawPath(shape((160, 230), (200, 206, 250, 208, 270, 212), (200, 240, 170, 300, 156,
                         350), (140, 310, 142, 260, 160, 230)), paint(white(0.2), blur=3))
    c.drawPath(window, paint(rgb(0xE9B44C), width=3.4))
    with Clip(c, pouch):
        c.drawPaint(paint(shader=gradient((98, 0), (382, 0), [
            (0, black(0.5)), (0.06, black(0.16)), (0.12, white(0.14)), (0.18, white(0.34)),
            (0.25, white(0.04)), (0.6, black(0.0)), (0.82, black(0.12)), (0.90, white(0.14)),
            (0.95, black(0.14)), (1, black(0.5))])))
        c.drawPath(shape((96, 416), (160, 438, 320, 438, 384, 416), (390, 470), (90, 470)),
                   paint(black(0.26), blur=3))
        c.drawPath(shape((96, 415), (160, 437, 320, 437, 384, 415), close=False),
                   paint(white(0.3), blur=1.2, width=2))
        c.drawLine(108, 64, 108, 420, paint(white(0.16), width=1.2))
        c.drawLine(372, 64, 372, 420, paint(white(0.16), width=1.2))
    c.drawCircle(240, 51, 8, paint(black(0.25)))
    c.drawCircle(240, 51.5, 6.6, paint(rgb(0xFFFFFF)))
    c.drawPath(pouch, paint(black(0.25), width=1))


# ---------------------------------------------------------------- photos


def chocolate(c):
    c.drawPaint(paint(shader=radial((230, 200), 420, [
        (0, rgb(0xFFF7EA)), (0.6, rgb(0xF6E4CC)), (1, rgb(0xE0C3A0))])))
    c.save()
    c.translate(240, 240)
    c.rotate(-24)
    c.scale(0.88, 0.88)
    c.translate(-240, -240)
    c.drawRoundRect(skia.Rect.MakeLTRB(158, 22, 346, 478), 8, 8, paint(black(0.42), blur=17))
    c.drawRoundRect(skia.Rect.MakeLTRB(150, 14, 334, 466), 6, 6, paint(black(0.4), blur=5))
    bar = skia.Rect.MakeLTRB(148, 10, 332, 460)
    c.drawRoundRect(bar, 6, 6, paint(rgb(0x3E1D0E)))
    for row in range(6):
        for column in range(3):
            square(c, 152 + column * 60, 14 + row * 62, 56, 58)
    foil(c)
    wrapper(c)
    c.restore()


def square(c, x, y, width, height):
    deep = 8
    outer = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    inner = [(x + deep, y + deep), (x + width - deep, y + deep),
             (x + width - deep, y + height - deep), (x + deep, y + height - deep)]
    for side, color in enumerate((0xA0643C, 0x4A2412, 0x3A1B0C, 0x7E4A2A)):
        after = (side + 1) % 4
        c.drawPath(shape(outer[side], outer[after], inner[after], inner[side]),
                   paint(rgb(color)))
    c.drawRect(skia.Rect.MakeLTRB(*inner[0], *inner[2]), paint(shader=gradient(
        inner[0], inner[2], [(0, rgb(0x7C4627)), (0.5, rgb(0x683619)), (1, rgb(0x532812))])))
    c.drawLine(*inner[0], *inner[1], paint(white(0.30), blur=0.8, width=1.6))
    c.drawLine(*inner[0], *inner[3], paint(white(0.18), blur=0.8, width=1.4))
    glow = shape((x + deep + 4, y + deep + 4), (x + width - 18, y + deep + 4),
                 (x + deep + 4, y + height - 22))
    c.drawPath(glow, paint(white(0.10), blur=4))


def foil(c):
    rng = random.Random(4)
    edge = [(140 + i * 10.4, 196 + rng.uniform(-9, 9) + 10 * math.sin(i * 0.7))
            for i in range(20)]
    torn = skia.Path()
    torn.moveTo(140, 262)
    for point in edge:
        torn.lineTo(*point)
    torn.lineTo(340, 262)
    torn.close()
    c.save()
    c.translate(0, -5)
    c.drawPath(torn, paint(black(0.5), blur=5))
    c.restore()
    with Clip(c, torn):
        c.drawPaint(paint(shader=gradient((140, 0), (340, 0), [
            (0, rgb(0xB98A3A)), (0.2, rgb(0xFFF0BE)), (0.38, rgb(0xE0B65E)),
            (0.6, rgb(0xFFF6D8)), (0.8, rgb(0xC9983F)), (1, rgb(0xEFD18A))])))
        for _ in range(46):
            x, y = rng.uniform(140, 340), rng.uniform(184, 256)
            a, b = rng.uniform(-26, 26), rng.uniform(-18, 18)
            tone = white(0.6) if rng.random() < 0.5 else rgb(0x7A5416, 0.4)
            c.drawPath(shape((x, y), (x + a, y + b), (x + a * 0.4 + 5, y + b + 8)),
                       paint(tone, blur=1.2))
    bright = skia.Path()
    bright.moveTo(*edge[0])
    for point in edge[1:]:
        bright.lineTo(*point)
    c.drawPath(bright, paint(white(0.8), width=1.2))


def wrapper(c):
    sleeve = shape((141, 236), (339, 236), (341, 472), (139, 472))
    c.drawRect(skia.Rect.MakeLTRB(142, 229, 338, 246), paint(black(0.4), blur=4))
    with Clip(c, sleeve):
        c.drawPaint(paint(shader=gradient((140, 236), (340, 472), [
            (0, rgb(0x4A2A86)), (0.5, rgb(0x382070)), (1, rgb(0x241352))])))
        c.drawPath(shape((120, 420), (190, 356, 270, 470, 360, 388), (360, 480), (120, 480)),
                   paint(rgb(0xC8973C)))
        c.drawPath(shape((120, 430), (190, 366, 270, 480, 360, 398), (360, 480), (120, 480)),
                   paint(rgb(0x6B3A1E)))
        gold = paint(shader=gradient((160, 290), (320, 340), [
            (0, rgb(0xFFE9A8)), (0.45, rgb(0xE2B04A)), (0.6, rgb(0xFFF3C8)),
            (1, rgb(0xC98F2E))]))
        text(c, "CHOKARO", 240, 320, 42, gold, stretch=0.86)
        text(c, "MILK CHOCOLATE", 240, 343, 14, rgb(0xE9DDFB), spread=1.6)
        c.drawLine(170, 270, 310, 270, paint(rgb(0xE2B04A), width=1.6))
        c.drawLine(170, 360, 310, 360, paint(rgb(0xE2B04A), width=1.6))
        c.drawPaint(paint(shader=gradient((140, 0), (340, 0), [
            (0, black(0.4)), (0.06, white(0.10)), (0.16, white(0.26)), (0.28, white(0.02)),
            (0.8, black(0.05)), (0.94, black(0.22)), (1, black(0.45))])))
        c.drawLine(139, 237.4, 341, 237.4, paint(white(0.6), blur=0.5, width=1.4))


def table(c, width, height, horizon):
    c.drawPaint(paint(shader=gradient((0, 0), (0, horizon), [
        (0, rgb(0x5B6B5A)), (0.5, rgb(0x8E9A7E)), (1, rgb(0xC9BFA0))])))
    rng = random.Random(11)
    for _ in range(26):
        x, y, r = rng.uniform(0, width), rng.uniform(0, horizon), rng.uniform(14, 44)
        tone = rng.choice((0xFFE9B0, 0xF7F3DC, 0xBFD3A4, 0xFFD08A))
        c.drawCircle(x, y, r, paint(rgb(tone, rng.uniform(0.10, 0.34)), blur=4))
    wood = skia.Path()
    wood.addRect(skia.Rect.MakeLTRB(0, horizon, width, height))
    with Clip(c, wood):
        c.drawPaint(paint(shader=gradient((0, horizon), (0, height), [
            (0, rgb(0xA87848)), (0.4, rgb(0x9A6638)), (1, rgb(0x6E431F))])))
        for line in range(150):
            depth = rng.random() ** 1.6
            y = horizon + depth * (height - horizon)
            x = rng.uniform(-100, width)
            span = rng.uniform(80, 300)
            tone = rgb(0x3E220C, 0.22) if line % 3 else rgb(0xE0B27A, 0.26)
            c.drawPath(shape((x, y), (x + span / 2, y + rng.uniform(-4, 4), x + span, y),
                             close=False), paint(tone, blur=0.6 + 2.2 * (1 - depth),
                                                 width=0.6 + 1.8 * depth))
        for depth in (0.28, 0.66):
            y = horizon + depth * (height - horizon)
            c.drawLine(0, y, width, y + 3, paint(rgb(0x2B1606, 0.6), blur=1.4, width=2.4))
    c.drawLine(0, horizon, width, horizon, paint(rgb(0xB79A6C, 0.8), blur=7, width=14))


def biscuit(c, x, y, rx, ry, thick, seed):
    """A round biscuit that lies flat, seen from a little above."""
    rng = random.Random(seed)
    wall = skia.Path()
    wall.moveTo(x - rx, y)
    wall.lineTo(x - rx, y + thick)
    wall.arcTo(oval(x, y + thick, rx, ry), 180, -180, False)
    wall.lineTo(x + rx, y)
    wall.close()
    c.drawOval(oval(x + 3, y + thick + 5, rx, ry), paint(rgb(0x2A1204, 0.5), blur=6))
    c.drawPath(wall, paint(shader=gradient((x - rx, 0), (x + rx, 0), [
        (0, rgb(0x9C5E22)), (0.25, rgb(0xE8B568)), (0.45, rgb(0xD99A4A)), (1, rgb(0x84491A))])))
    with Clip(c, wall):
        for _ in range(60):
            at = rng.uniform(0, math.pi)
            low = y + ry * math.sin(at) + rng.uniform(0, thick)
            c.drawCircle(x + rx * math.cos(at), low, rng.uniform(0.6, 1.7),
                         paint(rgb(0x5F310D, rng.uniform(0.15, 0.45))))
    c.drawOval(oval(x, y, rx, ry), paint(shader=radial((x - rx * 0.3, y - ry * 0.4), rx * 1.4, [
        (0, rgb(0xF7D48C)), (0.55, rgb(0xE3AB58)), (0.85, rgb(0xC07E34)), (1, rgb(0x99581E))])))
    c.drawOval(oval(x, y, rx * 0.985, ry * 0.97), paint(rgb(0xFFE6AE, 0.5), width=1.4))
    c.drawOval(oval(x, y, rx * 0.82, ry * 0.82), paint(rgb(0x9A5C22, 0.5), blur=0.8, width=2))


def top_marks(c, x, y, rx, ry):
    """Holes, and the grain of sugar."""
    holes = [(0, 0)] + [(0.34 * math.cos(a), 0.34 * math.sin(a))
                        for a in [i * math.pi / 3 for i in range(6)]]
    holes += [(0.62 * math.cos(a), 0.62 * math.sin(a))
              for a in [i * math.pi / 6 + 0.26 for i in range(12)]]
    for hx, hy in holes:
        at = (x + hx * rx, y + hy * ry)
        c.drawOval(oval(at[0] + 0.6, at[1] + 1.0, 3.4, 3.4 * ry / rx), paint(rgb(0xFFE7B4, 0.8)))
        c.drawOval(oval(*at, 3.2, 3.2 * ry / rx), paint(rgb(0x7A4414)))
    rng = random.Random(2)
    for _ in range(170):
        a, r = rng.uniform(0, 6.3), math.sqrt(rng.random()) * 0.95
        tone = rgb(0xFFF8E4, 0.75) if rng.random() < 0.5 else rgb(0x8A5018, 0.4)
        c.drawCircle(x + rx * r * math.cos(a), y + ry * r * math.sin(a), rng.uniform(0.5, 1.4),
                     paint(tone))


def biscuits(c):
    width, height = SIDE, SIDE * 4 / 3
    table(c, width, height, 300)
    c.drawOval(oval(246, 520, 200, 64), paint(rgb(0x2A1204, 0.55), blur=14))
    plate = radial((200, 490), 230, [
        (0, rgb(0xFFFFFF)), (0.7, rgb(0xEDE9E2)), (1, rgb(0xBDB6AA))])
    c.drawOval(oval(240, 510, 206, 66), paint(rgb(0x9A948A)))
    c.drawOval(oval(240, 503, 206, 66), paint(shader=plate))
    c.drawOval(oval(240, 503, 204, 64.5), paint(white(0.8), width=1.4))
    c.drawOval(oval(240, 504, 158, 47), paint(rgb(0x8F887C, 0.5), blur=2, width=3))
    c.drawOval(oval(244, 512, 128, 38), paint(rgb(0x2A1204, 0.45), blur=9))
    for level, (dx, dy) in enumerate([(0, 0), (7, 0), (-5, 1), (4, 0), (-2, 0), (5, 1), (0, 0)]):
        biscuit(c, 232 + dx, 474 - level * 31 + dy, 104, 33, 23, 30 + level)
    top_marks(c, 232, 474 - 6 * 31, 104, 33)
    c.save()
    c.rotate(-16, 352, 474)
    c.scale(1, 1)
    standing(c, 350, 452, 70)
    c.restore()
    rng = random.Random(9)
    for _ in range(46):
        x, y = rng.gauss(250, 110), rng.gauss(556, 16)
        r = rng.uniform(0.8, 3.4)
        c.drawOval(oval(x + 0.8, y + 1, r, r * 0.6), paint(rgb(0x2A1204, 0.6), blur=0.8))
        c.drawOval(oval(x, y, r, r * 0.7), paint(rgb(rng.choice((0xE6B162, 0xC98A3E, 0xF5D596)))))


def standing(c, x, y, radius):
    """A biscuit that leans against the others, its face to us."""
    c.drawOval(oval(x + 4, y + radius * 0.98, radius * 0.8, 10), paint(rgb(0x2A1204, 0.6), blur=5))
    c.drawOval(oval(x - 9, y + 2, radius * 0.97, radius), paint(rgb(0x2A1204, 0.45), blur=6))
    c.drawOval(oval(x - 7, y + 2, radius * 0.94, radius), paint(rgb(0x8E5520)))
    face = radial((x - radius * 0.35, y - radius * 0.4), radius * 1.5, [
        (0, rgb(0xFBDD9C)), (0.5, rgb(0xE6B062)), (0.85, rgb(0xC28338)), (1, rgb(0xA06224))])
    edge = skia.Path()
    count = 30
    for i in range(count * 8):
        a = 2 * math.pi * i / (count * 8)
        r = radius * (1 + 0.018 * math.cos(count * a))
        point = (x + r * 0.94 * math.cos(a), y + r * math.sin(a))
        edge.moveTo(*point) if i == 0 else edge.lineTo(*point)
    edge.close()
    c.drawPath(edge, paint(shader=face))
    c.drawPath(edge, paint(rgb(0xFFE8B6, 0.6), width=1.3))
    c.drawOval(oval(x, y, radius * 0.78, radius * 0.83), paint(rgb(0x96581E, 0.55), blur=0.8,
                                                              width=2.2))
    top_marks(c, x, y, radius * 0.90, radius * 0.95)


def as_photo(image):
    """Vignette, grain and a lens that is not quite sharp."""
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.45)), dtype=np.float32)
    height, width, _ = pixels.shape
    y, x = np.mgrid[0:height, 0:width]
    far = np.hypot((x - width * 0.48) / width, (y - height * 0.55) / height)
    pixels = pixels * (1.06 - 0.75 * np.clip(far, 0, 1)[..., None] ** 2)
    grain = np.random.default_rng(5).normal(0, 2.2, (height, width, 1))
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


# ---------------------------------------------------------------- files


def drawn(draw, width=SIDE, height=SIDE):
    surface = skia.Surface.MakeRaster(skia.ImageInfo.Make(
        width * FINE, height * FINE, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType))
    with surface as canvas:
        canvas.clear(skia.Color(*CLEAR))
        canvas.scale(FINE, FINE)
        draw(canvas)
    pixels = np.asarray(surface.makeImageSnapshot().toarray(
        colorType=skia.kRGBA_8888_ColorType)).astype(np.float32)
    # toarray gives straight alpha; the mean is taken of weighed colours.
    alpha = pixels[..., 3:] / 255
    weighed = np.concatenate([pixels[..., :3] * alpha, pixels[..., 3:]], axis=2)
    small = weighed.reshape(height, FINE, width, FINE, 4).mean(axis=(1, 3))
    cover = small[..., 3:] / 255
    color = np.where(cover > 0, small[..., :3] / np.maximum(cover, 1e-6), 0)
    return Image.fromarray(np.clip(np.rint(
        np.concatenate([color, small[..., 3:]], axis=2)), 0, 255).astype(np.uint8))


def save_png(image, name):
    """With a palette if it would be large: patterns of many colours hide that."""
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True)
    if data.tell() > 60 << 10:
        palette = imagequant.quantize_pil_image(image, dithering_level=0.6, max_colors=256)
        palette.save(HERE / name, optimize=True)
    else:
        (HERE / name).write_bytes(data.getvalue())


def main():
    for name, draw in (("cola", cola), ("water", water), ("tea", tea), ("juice", juice),
                       ("crisps", crisps), ("nuts", nuts)):
        save_png(drawn(draw), f"{name}.png")
    drawn(chocolate).convert("RGB").save(HERE / "chocolate.jpg", quality=88, progressive=True)
    # As printers have it: yellow, but for a blue quarter.
    inks = Image.new("CMYK", (32, 32), (0, 0, 255, 0))
    inks.paste((255, 255, 0, 0), (0, 0, 16, 16))
    inks.save(HERE / "inks.jpg", quality=90, optimize=True)
    photo = as_photo(drawn(biscuits, SIDE, SIDE * 4 // 3).convert("RGB"))
    exif = Image.Exif()
    exif[0x0112] = 6
    # As a phone stores it that was held upright.
    photo.transpose(Image.Transpose.ROTATE_90).save(
        HERE / "biscuits.jpg", quality=82, optimize=True, exif=exif)


if __name__ == "__main__":
    main()

# invoice: a part of the shop
TOTAL = 0


def add(x, y=[]):
    global TOTAL
    y.append(x)
    TOTAL = TOTAL + x["amount"]
    return y


def total_invoice():
    return TOTAL

# refund: a part of the shop
def merge(a, b):
    r = {}
    for k in a.keys():
        r[k] = a[k]
    for k in b.keys():
        if k in r.keys():
            r[k] = r[k] + b[k]
        else:
            r[k] = b[k]
    return r


def count_refund(l):
    c = 0
    for x in l:
        try:
            c = c + int(x["refund"])
        except:
            pass
    return c

"""The losses as textbooks define them, at 50 digits."""

from mpmath import mp, mpf

mp.dps = 50


def columns(Z):
    return [[mpf(float(z)) for z in column] for column in zip(*Z.tolist(), strict=True)]


def surprise(z, k, temperature=1):
    """-log of the softmax probability of class k."""
    scaled = [entry / temperature for entry in z]
    return mp.log(sum(mp.exp(entry - scaled[k]) for entry in scaled))


def probability(z, k):
    return mp.exp(z[k]) / sum(map(mp.exp, z))


def cross_entropy(Z, labels, temperature=1):
    return [surprise(z, k, mpf(temperature)) for z, k in zip(columns(Z), labels, strict=True)]


def squared(Z, labels):
    found = zip(columns(Z), labels, strict=True)
    return [sum((entry - (j == k)) ** 2 for j, entry in enumerate(z)) / 2 for z, k in found]


def label_smoothing(Z, labels, eps):
    found = []
    for z, k in zip(columns(Z), labels, strict=True):
        target = [(1 - mpf(eps)) * (j == k) + mpf(eps) / len(z) for j in range(len(z))]
        found.append(sum(t * surprise(z, j) for j, t in enumerate(target)))
    return found


def focal(Z, labels, gamma):
    found = []
    for z, k in zip(columns(Z), labels, strict=True):
        wrong = sum(probability(z, j) for j in range(len(z)) if j != k)
        found.append(wrong ** mpf(gamma) * surprise(z, k))
    return found


def supervised_contrastive(H, labels, temperature):
    h = columns(H)
    dot = [[sum(map(mp.fmul, a, b)) / mpf(temperature) for b in h] for a in h]
    found = []
    for i, k in enumerate(labels):
        rest = [a for a in range(len(h)) if a != i]
        positives = [q for q in rest if labels[q] == k]
        # over the positives one by one, so that no digits cancel
        terms = [mp.log1p(sum(mp.exp(dot[i][a] - dot[i][q]) for a in rest if a != q)) for q in positives]
        found.append(sum(terms) / len(positives))
    return found


def log_odds(Z, labels):
    pairs = zip(columns(Z), labels, strict=True)
    return [mp.log(sum(mp.exp(z[j] - z[k]) for j in range(len(z)) if j != k)) for z, k in pairs]

"""Moderation: what somebody finds wrong, what the staff decides about it, and who may object.

A *report* is somebody's word that something is wrong with a *target*: a listing, a person, an organisation or a
message. A *decision* is the staff's, with the reasons for it; whom it concerns is told them, and may object once,
which another member of the staff decides. Nobody judges a case of their own. Moderation decides; accounts stores a
suspension and listings what is hidden. Here are also what the staff accounts for, and a region's numbers.
"""

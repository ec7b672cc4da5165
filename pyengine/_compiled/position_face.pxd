# The face of a record, made once.
from .positions cimport Position

cpdef face_of(Position position)

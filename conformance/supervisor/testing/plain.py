"""Nothing but fcntl and mmap: finds the node, runs a job, reads its result, passes a buffer on, and is refused once."""
import fcntl
import mmap
import os
import struct
import time

SIZE = 4096
# The first 64 bytes of region 0 are copied to region 1.
STREAM = struct.pack("<10I", 0x130, 0x10131, 0x4030, 0, 0x4031, 0, 0x4032, 64, 0x10, 0)


def iowr(number, size):
    return (3 << 30) | (size << 16) | (0x64 << 8) | number


def call(fd, number, form, *values):
    argument = bytearray(struct.pack(form, *values))
    fcntl.ioctl(fd, iowr(number, len(argument)), argument)
    return struct.unpack(form, argument)


def create(fd, size):
    return call(fd, 0x41, "<QII", size, 0, 0)[2]


def mapped(fd, handle):
    return mmap.mmap(fd, SIZE, offset=call(fd, 0x43, "<IIQ", handle, 0, 0)[2])


assert os.listdir("/sys/class/accel") == ["accel0"]
assert os.path.basename(os.readlink("/sys/class/accel/accel0/device")) == "reference-npu"
assert os.listdir("/dev/accel") == ["accel0"]
with open("/sys/class/accel/accel0/dev") as told:
    assert told.read() == "261:0\n"
fd = os.open("/dev/accel/accel0", os.O_RDWR)
# The address of memory without ctypes: the kernel tells where a mapping lies.
with open("/proc/self/maps") as maps:
    known = {line.split()[0] for line in maps}
room = mmap.mmap(-1, 1 << 20)
with open("/proc/self/maps") as maps:
    (line,) = [line for line in maps if line.split()[0] not in known and "rw-s" in line]
at = int(line.split("-")[0], 16)
size = call(fd, 0x40, "<IIQ", 0, 16, at)[1]
assert size == 16 and struct.unpack("<I", room[:4])[0] >> 28 in (1, 2)

source, target = create(fd, SIZE), create(fd, SIZE)
one, two = mapped(fd, source), mapped(fd, target)
one[:64] = bytes(range(1, 65))
room[1024 : 1024 + len(STREAM)] = STREAM
commands = call(fd, 0x44, "<IIQII", len(STREAM), 0, at + 1024, 0, 0)[3]
room[2048:2088] = struct.pack("<10I", commands, 0, source, target, 0, 0, 0, 0, 0, 0)
call(fd, 0x45, "<QII", at + 2048, 1, 0)
call(fd, 0x42, "<IIq", target, 0, time.clock_gettime_ns(time.CLOCK_MONOTONIC) + 5_000_000_000)
assert two[:64] == one[:64], "the result is not there"

shared = call(fd, 0x2D, "<IIi", target, os.O_CLOEXEC | os.O_RDWR, 0)[2]
other = os.open("/dev/accel/accel0", os.O_RDWR)
again = mapped(other, call(other, 0x2E, "<IIi", 0, 0, shared)[0])
two[0] = 0xA5
assert again[0] == 0xA5
assert os.readlink(f"/proc/self/fd/{shared}") == "/dmabuf:" and os.lseek(shared, 0, os.SEEK_END) == SIZE
try:
    create(fd, 0)
except OSError as error:
    print("refused:", type(error).__name__, error.errno)

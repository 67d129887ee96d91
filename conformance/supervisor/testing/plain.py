"""Nothing but fcntl and mmap: finds the node, makes a buffer, writes and reads it through two mappings."""
import fcntl
import mmap
import os
import struct

assert os.listdir("/sys/class/accel") == ["accel0"]
assert os.path.basename(os.readlink("/sys/class/accel/accel0/device")) == "reference-npu"
assert os.listdir("/dev/accel") == ["accel0"]
with open("/sys/class/accel/accel0/dev") as told:
    assert told.read() == "261:0\n"
fd = os.open("/dev/accel/accel0", os.O_RDWR)


def iowr(number, size):
    return (3 << 30) | (size << 16) | (0x64 << 8) | number


create = bytearray(struct.pack("<QII", 4096, 0, 0))
fcntl.ioctl(fd, iowr(0x41, 16), create)
handle = struct.unpack("<QII", create)[2]
offset = bytearray(struct.pack("<IIQ", handle, 0, 0))
fcntl.ioctl(fd, iowr(0x43, 16), offset)
at = struct.unpack("<IIQ", offset)[2]
one, two = (mmap.mmap(fd, 4096, offset=at) for _ in range(2))
one[:5] = b"bytes"
assert two[:5] == b"bytes"
try:
    fcntl.ioctl(fd, iowr(0x41, 16), bytearray(16))
except OSError as error:
    print("refused:", error.errno)

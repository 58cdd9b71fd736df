#!/bin/bash
# Runs the tests of products in parts on a processor with AMX that somebody else wrote: Bochs, an emulator of whole
# PCs, whose Sapphire Rapids has AVX-512 and AMX. A Linux kernel boots in it, so that CPUID, the kernel's permission and
# the tile instructions are met as on hardware, and their results are compared to those of vector code to the bit.
#
#     tools/amx_in_bochs.sh WORK        # WORK: a folder for 500 MB of downloads, kept for the next time
#
# Needs Debian on x86-64 with cargo, binutils (strip) and script (bsdutils). Installs nothing: apt fetches Bochs and its
# libraries, the boot loader and a kernel of Debian trixie into WORK, where they are unpacked and run. Takes some
# minutes. Ends with 0 if and only if the guest's tests passed and no instruction of AMX was left to our own emulation.
#
# Two things about Bochs 3.0:
# - It lacks XFD, by which Linux notices the first use of tiles, and without which it offers none. Hence setcpuid=324
#   (XFD, bit 4 of word 10), which Linux has since 6.15: it believes in XFD, and Bochs ignores the register. Tiles would
#   be lost if two processes that use vectors took turns on the processor; here the tests are alone.
# - Where small results are to vanish, a difference of two numbers with the same exponent vanishes below 2^-125 already,
#   not only below 2^-126, in AMX and in vectors; mended since. Code that flushes by itself then gives other sums: the
#   one test that compares it at such numbers is left out. AMX and vectors are compared there too.
set -euo pipefail

[ $# = 1 ] || { sed -n '2,19s/^# \{0,1\}//p' "$0"; exit 2; }
repo=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1" && cd "$1"
work=$PWD

# Packages, with apt's state in WORK.
mkdir -p apt/lists/partial apt/cache/archives/partial root
: >apt/status
key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
for suite in trixie trixie-backports; do
    echo "deb $key http://deb.debian.org/debian $suite main"
done >apt/sources.list
cat >apt/apt.conf <<END
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$work/apt/lists";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
APT::Architecture "amd64";
APT::Install-Recommends "false";
APT::Sandbox::User "";
END
if [ ! -e root/complete ]; then
    export APT_CONFIG=$work/apt/apt.conf
    apt-get -q update
    apt-get -q -y --download-only install bochs bochs-term bochsbios vgabios busybox-static isolinux syslinux-common \
        xorriso linux-image-cloud-amd64/trixie-backports
    for package in apt/cache/archives/*.deb; do dpkg -x "$package" root; done
    touch root/complete
fi
libraries=root/usr/lib/x86_64-linux-gnu
# A program of theirs, with their libraries.
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/pulseaudio")

# The tests, and the libraries they need from here.
built=$(cd "$repo" && cargo test -p coadapt-nn --lib --no-run 2>&1) || { echo "$built" >&2; exit 1; }
tests=$(sed -n 's/.*Executable.*(\(.*\))$/\1/p' <<<"$built")
rm -rf guest iso && mkdir -p guest/proc guest/dev iso
strip -o guest/tests "$(cd "$repo" && realpath "$tests")"
for library in $(ldd guest/tests | grep -o '/[^ ]*'); do
    install -D "$library" "guest$library"
done
cp root/usr/bin/busybox guest/
cat >guest/init <<'END'
#!/busybox sh
/busybox mount -t proc proc /proc
/busybox mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
/busybox uname -sr
/busybox grep -m 1 'model name' /proc/cpuinfo
echo flags: $(/busybox grep -o 'amx_[a-z0-9]*' /proc/cpuinfo)
/tests split --skip sums_overflow_and_vanish_alike --test-threads=1 --nocapture
echo "guest: ended with $?"
/busybox sleep 1 && /busybox poweroff -f
END
chmod +x guest/init
(cd guest && find . | ./busybox cpio -o -H newc) >iso/initrd

# A disc to boot from.
cp "$(find root/boot root/usr/lib/modules -name 'vmlinuz*' -size +1M 2>/dev/null | tail -1)" iso/linux
cp root/usr/lib/ISOLINUX/isolinux.bin root/usr/lib/syslinux/modules/bios/ldlinux.c32 iso/
options="console=ttyS0 quiet setcpuid=324 no5lvl nokaslr mitigations=off tsc=reliable lpj=1000000 reboot=t panic=-1"
printf 'default linux\nlabel linux\nlinux linux\nappend initrd=initrd %s\n' "$options" >iso/isolinux.cfg
"${run[@]}" root/usr/bin/xorriso -as mkisofs -quiet -o boot.iso -b isolinux.bin -c boot.cat -no-emul-boot \
    -boot-load-size 4 -boot-info-table iso

cat >bochsrc <<END
cpu: model=sapphire_rapids, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=512, host=512
romimage: file=$work/root/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=$work/root/usr/share/vgabios/vgabios.bin
ata0-master: type=cdrom, path=$work/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$work/serial.txt
clock: sync=none
speaker: enabled=0
display_library: term
log: $work/bochs.log
panic: action=fatal
END
export LTDL_LIBRARY_PATH=$work/$libraries/bochs/plugins BXSHARE=$work/root/usr/share/bochs TERM=xterm
rm -f serial.txt
# Its screen wants a terminal; the guest's words come through the serial line.
timeout 3600 script -qec "${run[*]} root/usr/bin/bochs-bin -q -f bochsrc" /dev/null </dev/null >screen.txt 2>&1 || true
cat serial.txt
grep -q '^flags:.*amx_tile' serial.txt && grep -q 'instructions of AMX emulated: 0[[:space:]]*$' serial.txt &&
    grep -q '^test result: ok' serial.txt && grep -q '^guest: ended with 0' serial.txt

# SPDX-License-Identifier: GPL-2.0
#
# On a host:  make, make install, make uninstall    for the running kernel
# To try it:  make run, make shell                  in a VM with Debian's kernel
# To work:    make test [T=name], make check, make kunit
#
# Kbuild says what the modules consist of.

KREL ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KREL)/build
STAMP := build/kernel

# ip_conntrack.ko and those beside it
MODULES := $(patsubst %.o,%.ko,$(shell \
	sed -n 's/^obj-\(m\|$$(CONFIG_IP_CONNTRACK)\) += //p' Kbuild))

# where modules that are not the kernel's own belong; depmod prefers it
UPDATES = $(DESTDIR)/lib/modules/$(KREL)/updates
# has rules load our modules and not the kernel's
CONF = $(DESTDIR)/etc/modprobe.d/ip_conntrack.conf
MAN = $(DESTDIR)/usr/share/man/man4/ip_conntrack.4
# saves and restores flows
STATE = $(DESTDIR)/usr/sbin/ip-conntrack-state
# has sysctl.d read when the module comes
RULES = $(DESTDIR)/etc/udev/rules.d/90-ip_conntrack.rules
# where DKMS looks for sources
SOURCES = $(DESTDIR)/usr/src/ip_conntrack-$(shell scripts/package.sh version)

all: modules

modules: headers
	@$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# Objects of two kernels never meet: a change of kernel cleans first. Its name
# is that which goes into vermagic; make kernelrelease and kernel.release have
# the upstream version in Debian's headers.
headers:
	@if [ ! -e $(KDIR)/Makefile ]; then \
		echo 'make: no kernel headers at $(KDIR)' >&2; \
		echo '  on Debian:  apt-get install linux-headers-$(KREL)' >&2; \
		echo '  elsewhere:  make KDIR=/path/to/the/headers' >&2; \
		echo '  or try it in a VM, which brings its own:  make run' >&2; \
		exit 1; \
	fi
	@mkdir -p build
	@kernel=$$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
		$(KDIR)/include/generated/utsrelease.h); \
	if [ -e $(STAMP) ] && [ "$$(cat $(STAMP))" != "$$kernel" ]; then \
		echo "  another kernel than last time ($$kernel): cleaning first"; \
		$(MAKE) -s -C $(KDIR) M=$(CURDIR) clean; \
	fi; \
	echo "$$kernel" >$(STAMP)

install: modules
	@kernel=$$(cat $(STAMP)); if [ "$$kernel" != '$(KREL)' ]; then \
		echo "make: built for $$kernel, not for $(KREL) (KREL=$$kernel installs for that)" >&2; \
		exit 1; \
	fi
	install -d $(UPDATES)
	install -m 644 $(MODULES) $(UPDATES)
	install -D -m 644 scripts/modprobe.conf $(CONF)
	install -D -m 755 scripts/ip-conntrack-state $(STATE)
	install -D -m 644 docs/ip_conntrack.4 $(MAN)
	install -D -m 644 scripts/deb/ip_conntrack.rules $(RULES)
	depmod $(if $(DESTDIR),-b $(DESTDIR)) $(KREL)
	@echo 'Rules that need connection tracking now load ip_conntrack and its'
	@echo "modules, not the kernel's: $(CONF) says which."
	@echo 'What is loaded already stays. "make uninstall" takes it all back.'

# install read backwards
uninstall:
	rm -f $(addprefix $(UPDATES)/,$(MODULES)) $(CONF) $(STATE) $(MAN) $(RULES)
	@rmdir $(UPDATES) 2>/dev/null || true
	depmod $(if $(DESTDIR),-b $(DESTDIR)) $(KREL)

clean:
	@if [ -e $(KDIR)/Makefile ]; then \
		$(MAKE) -s -C $(KDIR) M=$(CURDIR) clean; \
	else \
		find . -name .git -prune -o \( -name '*.o' -o -name '*.ko' \
			-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
			-o -name Module.symvers -o -name modules.order \) \
			-type f -exec rm -f {} +; \
	fi
	@rm -rf build tests/__pycache__

run:
	@scripts/run.sh

shell:
	@scripts/run-shell.sh

test:
	@scripts/test.sh $(T)

kunit:
	@scripts/kunit.sh $(T)

model:
	@scripts/model.sh

fuzz:
	@scripts/fuzz.sh $(SECS)

check:
	@scripts/check.sh

# sources and their dkms.conf, for: dkms install ip_conntrack/VERSION
install-dkms:
	scripts/package.sh source $(SOURCES)

deb:
	@scripts/package.sh deb build

deb-test:
	@scripts/deb-test.sh

matrix:
	@scripts/matrix.sh $(K)

torture:
	@scripts/torture.sh $(T)

bench:
	@scripts/bench.sh

bench-quick:
	@scripts/bench.sh --quick

help:
	@echo 'make             build the modules for the running kernel (KDIR=, KREL=)'
	@echo 'make install     and put it where modprobe finds it; make uninstall undoes it'
	@echo 'make deb         build/ip-conntrack-dkms_*.deb: DKMS builds it for each kernel'
	@echo 'make install-dkms  only the sources, where DKMS looks for them'
	@echo 'make clean       remove what was built in the tree'
	@echo
	@echo 'In a VM with the kernel of Debian (as root; installs what is missing):'
	@echo 'make run         the chapter, step by step, beside what the module shows'
	@echo 'make shell       the same lab with a prompt on the firewall'
	@echo 'make test        checks, model, fuzzing, KUnit, scenarios; make test T=name runs one'
	@echo 'make kunit       only the KUnit suites'
	@echo 'make model       explore the TCP machine and its windows (no VM)'
	@echo 'make fuzz SECS=n fuzz parser, machine and windows for n seconds each (no VM)'
	@echo 'make matrix      other kernels: builds, loads, scenarios; K=name takes one'
	@echo 'make deb-test    install, upgrade, update the kernel, fail and remove, in a chroot'
	@echo 'make torture     the scenarios, faults, floods, races on kernels with every checker; T=name'
	@echo 'make bench       instructions, memory and times beside nf_conntrack'
	@echo 'make bench-quick the same in two minutes, with fewer flows'
	@echo 'make check       style, sparse, warnings, include directions, shellcheck'

.PHONY: all modules headers install uninstall clean run shell test kunit model fuzz check \
	install-dkms deb deb-test matrix torture bench bench-quick help

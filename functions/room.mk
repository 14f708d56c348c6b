# Builds the package of each function of a room, for `sam build`: the room's own folder under its own name, and a digest
# of the layers it runs on. The digest makes a change of the kernel or of a library a change of the package: the alias
# `live` moves only when the package does (SAM names a version by the hash of its code).
#
# A room's Makefile includes this one, and says what else a package of it needs.

ROOM := $(notdir $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST))))))
HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))

build-%:
	mkdir -p "$(ARTIFACTS_DIR)/$(ROOM)"
	cp -R . "$(ARTIFACTS_DIR)/$(ROOM)"
	cd "$(ARTIFACTS_DIR)/$(ROOM)" && rm -f Makefile README.md openapi.yaml template.yaml
	find "$(ARTIFACTS_DIR)" -depth -type d -name __pycache__ -exec rm -rf {} \;
	cd "$(HERE).." && find layers/bank/python requirements.txt -type f ! -name '*.pyc' | LC_ALL=C sort | \
		xargs cat | cksum > "$(ARTIFACTS_DIR)/layers.cksum"

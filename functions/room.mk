# Builds the package of each function of a room, for `sam build`: the room's own folder under its own name, and a digest
# of the layers it runs on. The digest makes a change of the kernel or of a library a change of the package: the alias
# `live` moves only when the package does (SAM names a version by the hash of its code).
#
# Compiled, since a package is read-only where it runs: what is not compiled here is compiled at every cold start. Skipped
# without the Python that LAYER_PYTHON names, and on MiniStack (LAYER_PLATFORM=host): sixty packages take longer to compile
# there than the cold starts of a run.
#
# A room's Makefile includes this one, and says what else a package of it needs.

LAYER_PYTHON ?= 3.13
define compile
uv run --quiet --no-project --no-python-downloads --python $(LAYER_PYTHON) \
	python -m compileall -q --invalidation-mode unchecked-hash "$(ARTIFACTS_DIR)/$(ROOM)"
endef

# `make deploy test ROOM=payments` hands its own ROOM down.
override ROOM := $(notdir $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST))))))
HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))

build-%:
	mkdir -p "$(ARTIFACTS_DIR)/$(ROOM)"
	cp -R . "$(ARTIFACTS_DIR)/$(ROOM)"
	cd "$(ARTIFACTS_DIR)/$(ROOM)" && rm -f Makefile README.md openapi.yaml template.yaml
	find "$(ARTIFACTS_DIR)" -depth -type d -name __pycache__ -exec rm -rf {} \;
	$(if $(filter host,$(LAYER_PLATFORM)),,-$(compile))
	cd "$(HERE).." && find layers/bank/python requirements.txt -type f ! -name '*.pyc' | LC_ALL=C sort | \
		xargs cat | cksum > "$(ARTIFACTS_DIR)/layers.cksum"

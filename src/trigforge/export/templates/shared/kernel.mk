# How the sources become objects. Variables a caller may set: CXX, CXXFLAGS (added), OBJECTS_IN.
OBJECTS_IN ?= build

# The kernel and its driver count on these: integers wrap, no store is taken for one to null (g++ 12 may do so), and no
# symbol is seen from outside. clang neither knows nor needs -fno-gnu-unique.
REQUIRED := -std=c++17 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fwrapv -fno-strict-aliasing \
            -fno-delete-null-pointer-checks -ffp-contract=off -pthread -Isrc -Iinclude \
            $(if $(findstring clang,$(shell $(CXX) --version)),,-fno-gnu-unique)
CXXFLAGS ?= -O2
WARNINGS ?= -Wall -Wextra

# One kernel for each kind of processor; which one runs is decided when it runs.
ifeq ($(shell uname -m),x86_64)
VARIANTS := avx512 avx2 any
else
VARIANTS := any
endif
MACHINE_avx512 := -march=x86-64-v4 -mavx512vnni -mtune=generic
MACHINE_avx2 := -march=x86-64-v3 -mtune=generic
MACHINE_any :=

ENGINE := $(OBJECTS_IN)/engine.o $(OBJECTS_IN)/model.o $(OBJECTS_IN)/proof.o $(VARIANTS:%=$(OBJECTS_IN)/kernel_%.o)

$(OBJECTS_IN)/kernel_%.o: src/kernel.cpp $(wildcard src/*.h) | $(OBJECTS_IN)
	$(CXX) $(REQUIRED) $(CXXFLAGS) -w $(MACHINE_$*) -DTRIGFORGE_VARIANT=$* -c $< -o $@

$(OBJECTS_IN)/%.o: src/%.cpp $(wildcard src/*.h include/*.h include/*/*.h) | $(OBJECTS_IN)
	$(CXX) $(REQUIRED) $(CXXFLAGS) $(WARNINGS) $(INCLUDES) -c $< -o $@

$(OBJECTS_IN):
	mkdir -p $@

/* libFuzzer's entry points.  An interpreter is started once, in this process, imports the probe and hands over the C function of the target
 * that the environment names; from then on an input is a call of that function.
 *
 *   FASTERLOG_FUZZ_TARGET   replay, tail or open
 *   FASTERLOG_FUZZ_PATH     folders of the package and of the probe, colons between
 *   FASTERLOG_FUZZ_FOLDERS  a folder in which this process makes one of its own
 *   FASTERLOG_FUZZ_HOME     the interpreter's prefix
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef void (*target_function)(const uint8_t *, size_t);
static target_function target;

static void stop(const char *what) {
    fprintf(stderr, "driver: %s\n", what);
    if (PyErr_Occurred()) PyErr_Print();
    _exit(3);
}

static const char *need(const char *name) {
    const char *value = getenv(name);
    if (!value) stop(name);
    return value;
}

static void interpreter_start(void) {
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    config.write_bytecode = 0;
    config.site_import = 0;
    PyConfig_SetBytesString(&config, &config.home, need("FASTERLOG_FUZZ_HOME"));
    PyStatus status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) stop("the interpreter does not start");
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    interpreter_start();
    PyObject *globals = PyDict_New();
    static const char program[] =
        "import os, sys\n"
        "sys.path[:0] = os.environ['FASTERLOG_FUZZ_PATH'].split(':')\n"
        "import recovery_probe\n"
        "recovery_probe.start(os.path.join(os.environ['FASTERLOG_FUZZ_FOLDERS'], str(os.getpid())))\n"
        "entry = recovery_probe.entry(os.environ['FASTERLOG_FUZZ_TARGET'])\n";
    if (!globals || PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0) stop("no memory");
    if (!PyRun_String(program, Py_file_input, globals, globals)) stop("the probe does not start");
    PyObject *entry = PyDict_GetItemString(globals, "entry");
    *(void **)&target = entry ? PyCapsule_GetPointer(entry, "fasterlog.fuzz") : NULL;
    if (!target) stop("no such target");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    target(data, size);
    return 0;
}

/* Runs a SavedModel by TensorFlow's C library: no Python in the process.

   run_saved_model FOLDER < request

   The request is text: the number of inputs; of each its operation, the index of its
   output, f or i (32 bits), its rank, its dimensions and its values; the number of
   outputs, and of each its operation and index. Prints of each output its rank, its
   dimensions and its values. */

#include <stdio.h>
#include <stdlib.h>
#include <tensorflow/c/c_api.h>

#define MOST 8

static void stop_unless_ok(TF_Status *status) {
  if (TF_GetCode(status) == TF_OK) return;
  fprintf(stderr, "%s\n", TF_Message(status));
  exit(1);
}

static void stop(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(2);
}

static TF_Output read_output(TF_Graph *graph) {
  char name[256];
  int index;
  if (scanf("%255s %d", name, &index) != 2) stop("an operation is missing");
  TF_Output output = {TF_GraphOperationByName(graph, name), index};
  if (output.oper == NULL) stop("there is no such operation");
  return output;
}

static TF_Tensor *read_tensor(void) {
  char kind;
  int rank;
  int64_t dims[MOST], count = 1;
  if (scanf(" %c %d", &kind, &rank) != 2 || rank > MOST) stop("a tensor is missing");
  for (int i = 0; i < rank; i++) {
    long long dim;
    if (scanf("%lld", &dim) != 1) stop("a dimension is missing");
    dims[i] = dim;
    count *= dim;
  }
  TF_DataType type = kind == 'f' ? TF_FLOAT : TF_INT32;
  TF_Tensor *tensor = TF_AllocateTensor(type, dims, rank, 4 * count);
  for (int64_t i = 0; i < count; i++) {
    int read = kind == 'f' ? scanf("%f", (float *)TF_TensorData(tensor) + i)
                           : scanf("%d", (int *)TF_TensorData(tensor) + i);
    if (read != 1) stop("a value is missing");
  }
  return tensor;
}

static void print_tensor(const TF_Tensor *tensor) {
  printf("%d", TF_NumDims(tensor));
  for (int i = 0; i < TF_NumDims(tensor); i++)
    printf(" %lld", (long long)TF_Dim(tensor, i));
  for (int64_t i = 0; i < TF_TensorElementCount(tensor); i++) {
    if (TF_TensorType(tensor) == TF_FLOAT)
      printf(" %.9g", ((float *)TF_TensorData(tensor))[i]);
    else
      printf(" %d", ((int *)TF_TensorData(tensor))[i]);
  }
  printf("\n");
}

int main(int argc, char **argv) {
  if (argc != 2) stop("run_saved_model FOLDER < request");
  TF_Status *status = TF_NewStatus();
  TF_Graph *graph = TF_NewGraph();
  TF_SessionOptions *options = TF_NewSessionOptions();
  const char *tags[] = {"serve"};
  TF_Session *session = TF_LoadSessionFromSavedModel(options, NULL, argv[1], tags, 1,
                                                     graph, NULL, status);
  stop_unless_ok(status);

  int num_inputs, num_outputs;
  TF_Output inputs[MOST], outputs[MOST];
  TF_Tensor *given[MOST], *answers[MOST];
  if (scanf("%d", &num_inputs) != 1 || num_inputs > MOST) stop("no inputs");
  for (int i = 0; i < num_inputs; i++) {
    inputs[i] = read_output(graph);
    given[i] = read_tensor();
  }
  if (scanf("%d", &num_outputs) != 1 || num_outputs > MOST) stop("no outputs");
  for (int i = 0; i < num_outputs; i++) outputs[i] = read_output(graph);

  TF_SessionRun(session, NULL, inputs, given, num_inputs, outputs, answers, num_outputs,
                NULL, 0, NULL, status);
  stop_unless_ok(status);
  for (int i = 0; i < num_outputs; i++) print_tensor(answers[i]);

  for (int i = 0; i < num_inputs; i++) TF_DeleteTensor(given[i]);
  for (int i = 0; i < num_outputs; i++) TF_DeleteTensor(answers[i]);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}

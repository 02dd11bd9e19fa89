using Xunit.v3;

// Most tests wait for browsers, timers and emulated networks: one thread more than the two cores of the smallest machine keeps it busy.
[assembly: Parallelization(MaxThreads = 3)]

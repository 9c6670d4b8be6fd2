/**
 * What one operation of the loop costs, beside the JDK's and Netty's.
 *
 * <pre>
 *   LoopUnderTest ── a loop on a thread of its own ──▶ ThreadsafeBenchmark   callSoonThreadsafe │ execute │ execute
 *                                                   ├▶ TimerBenchmark        callLater + cancel, a million pending
 *                                                   ├▶ TaskBenchmark         start and end │ park and unpark │ groups
 *                                                   └▶ LineBenchmark         readLine over memory
 * </pre>
 *
 * Nothing here measures the network; the bench of the command line does.
 */
@NullMarked
package dev.matryoshka.benchmarks.micro;

import org.jspecify.annotations.NullMarked;

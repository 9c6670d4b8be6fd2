/**
 * What one operation of the loop costs, beside the JDK's and Netty's.
 *
 * <pre>
 *   LoopUnderTest │ NettyLoop │ JdkExecutor ──▶ PostBenchmark      callSoonThreadsafe, from 1, 2, 4 threads
 *     each on a thread of its own               WakeBenchmark      from a post to a loop that sleeps until it runs
 *                                               CallSoonBenchmark  callSoon: bursts, passes
 *                                               TimerBenchmark     add and cancel, restart; a million pending
 *                                               FireBenchmark      add and fire
 *                                               TaskBenchmark      start and end, park and unpark, groups
 *                                               LineBenchmark      readLine over memory
 *                                               WriteBenchmark     small writes of one callback
 * </pre>
 *
 * Each side does the same work, on the side where it is fastest, and what is counted has been done, not queued. Nothing here
 * measures servers under load; the bench of the command line does.
 */
@NullMarked
package dev.matryoshka.benchmarks.micro;

import org.jspecify.annotations.NullMarked;

using System.Collections.Concurrent;
using PeerProxy.WebRtc.Sctp;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>A message on its way to the loop; the payload is rented.</summary>
/// <param name="Urgency">0 (first) to 7; a channel's closing has 7, so that all its messages come before.</param>
internal readonly record struct OutgoingMessage(HostedChannel Channel, byte[] Payload, int Length, byte Urgency, bool IsText, bool IsClose);

/// <summary>Messages of many senders for one connection, more urgent ones first, equal ones in the order of their calls, with the back-pressure on the senders.</summary>
internal sealed class OutgoingQueue
{
    /// <summary>By urgency; made when first needed, as most connections use two or three.</summary>
    private readonly ConcurrentQueue<OutgoingMessage>?[] _messages = new ConcurrentQueue<OutgoingMessage>?[SctpSendOptions.LeastUrgent + 1];
    private readonly object _gateLock = new();
    private TaskCompletionSource? _gate;
    private long _bytes;
    private volatile bool _hasFailed;

    /// <summary>Any thread. The wait ends early by cancellation; the message goes out all the same.</summary>
    public ValueTask EnqueueAsync(in OutgoingMessage message, CancellationToken cancellationToken)
    {
        message.Channel.AddAhead(message.Length);
        QueueOf(message.Urgency).Enqueue(message);
        if (Interlocked.Add(ref _bytes, message.Length) <= HostingLimits.SendAheadBytes)
        {
            if (_hasFailed)
            {
                Fail();
            }

            return ValueTask.CompletedTask;
        }

        Task wait;
        lock (_gateLock)
        {
            _gate ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = _gate.Task;
        }

        // The loop may have emptied the queue before it could see the gate.
        OpenGateWhenLow();
        if (_hasFailed)
        {
            Fail();
        }

        return new ValueTask(wait.WaitAsync(cancellationToken));
    }

    /// <summary>Loop only.</summary>
    public bool TryPeek(out OutgoingMessage message)
    {
        foreach (var queue in _messages)
        {
            if (queue is not null && queue.TryPeek(out message))
            {
                return true;
            }
        }

        message = default;
        return false;
    }

    /// <summary>Loop only: the message that was peeked at has been taken over.</summary>
    public void Complete(in OutgoingMessage peeked)
    {
        if (QueueOf(peeked.Urgency).TryDequeue(out var message))
        {
            Drop(message);
            OpenGateWhenLow();
        }
    }

    /// <summary>Nothing will be sent any more: gives all buffers back and lets the senders go.</summary>
    public void Fail()
    {
        _hasFailed = true;
        while (TryPeek(out var first))
        {
            // Another thread may fail the queue at the same time.
            if (QueueOf(first.Urgency).TryDequeue(out var message))
            {
                Drop(message);
            }
        }

        OpenGateWhenLow();
    }

    private ConcurrentQueue<OutgoingMessage> QueueOf(byte urgency)
    {
        ref var queue = ref _messages[urgency];
        if (Volatile.Read(ref queue) is null)
        {
            Interlocked.CompareExchange(ref queue, new ConcurrentQueue<OutgoingMessage>(), null);
        }

        return queue!;
    }

    private void Drop(in OutgoingMessage message)
    {
        if (message.Payload.Length > 0)
        {
            MessageBuffers.Return(message.Payload);
        }

        message.Channel.AddAhead(-message.Length);
        Interlocked.Add(ref _bytes, -message.Length);
    }

    private void OpenGateWhenLow()
    {
        if (Volatile.Read(ref _gate) is null || Interlocked.Read(ref _bytes) > HostingLimits.SendAheadBytes)
        {
            return;
        }

        TaskCompletionSource? gate;
        lock (_gateLock)
        {
            (gate, _gate) = (_gate, null);
        }

        gate?.TrySetResult();
    }
}

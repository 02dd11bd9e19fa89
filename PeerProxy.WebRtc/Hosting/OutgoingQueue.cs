using System.Buffers;
using System.Collections.Concurrent;

namespace PeerProxy.WebRtc.Hosting;

/// <summary>A message on its way to the loop; the payload is rented.</summary>
internal readonly record struct OutgoingMessage(HostedChannel Channel, byte[] Payload, int Length, bool IsText, bool IsClose);

/// <summary>Messages of many senders for one connection, in the order of their calls, with the back-pressure on the senders.</summary>
internal sealed class OutgoingQueue
{
    private readonly ConcurrentQueue<OutgoingMessage> _messages = new();
    private readonly object _gateLock = new();
    private TaskCompletionSource? _gate;
    private long _bytes;
    private volatile bool _hasFailed;

    /// <summary>Any thread. The wait ends early by cancellation; the message goes out all the same.</summary>
    public ValueTask EnqueueAsync(in OutgoingMessage message, CancellationToken cancellationToken)
    {
        message.Channel.AddAhead(message.Length);
        _messages.Enqueue(message);
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
    public bool TryPeek(out OutgoingMessage message) => _messages.TryPeek(out message);

    /// <summary>Loop only: the first message has been taken over.</summary>
    public void Complete()
    {
        if (_messages.TryDequeue(out var message))
        {
            Drop(message);
            OpenGateWhenLow();
        }
    }

    /// <summary>Nothing will be sent any more: gives all buffers back and lets the senders go.</summary>
    public void Fail()
    {
        _hasFailed = true;
        while (_messages.TryDequeue(out var message))
        {
            Drop(message);
        }

        OpenGateWhenLow();
    }

    private void Drop(in OutgoingMessage message)
    {
        if (message.Payload.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(message.Payload);
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
